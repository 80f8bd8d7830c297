"""한국어: 학습의 정리 - 디스크 사용량, 삭제, 남길 체크포인트."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.upkeep import UpkeepTexts


@dataclass(frozen=True)
class KoreanUpkeep(UpkeepTexts):
    """이름은 upkeep.py와 같습니다."""

    upkeep: str = "디스크 사용량과 학습 삭제"
    upkeep_choose: str = "정리할 학습"
    column_disk: str = "파일 (MB)"
    without_run: str = "학습이 없는 폴더"
    disk_in_all: str = "체크포인트·로그·맵 폴더 {n}개, 모두 {size}."
    keep_best: str = "최고·마지막 체크포인트만 남기기"
    keep_best_help: str = (
        "끝난 학습에서 최고 단계(검증 macro F1)와 마지막 단계를 뺀 나머지 단계의 가중치를 지웁니다. "
        "결과는 모두 남지만, 지운 단계의 맵은 더 그릴 수 없습니다."
    )
    kept_best: str = "{run}: {size}을(를) 되찾았습니다. 최고 체크포인트와 마지막 체크포인트는 남아 있습니다."
    delete_takes: str = (
        "**{run}**을(를) 삭제하면 단계 {stages}개와 예측 {predictions}건(모두 {rows}행), "
        "그리고 체크포인트·로그·맵 {size}이(가) 모든 사람에게서 완전히 사라집니다. "
        "데이터셋과 샘플에 대한 판정은 남습니다."
    )
    delete_sure: str = "예, {run}을(를) 삭제합니다"
    delete_run: str = "이 학습 삭제"
    deleted_run: str = "{run}을(를) 삭제하고 {size}을(를) 되찾았습니다."
