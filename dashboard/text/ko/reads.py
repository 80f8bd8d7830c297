"""한국어: 표."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.reads import ReadsTexts


@dataclass(frozen=True)
class KoreanReads(ReadsTexts):
    """`en/reads.py`와 같은 이름을 씁니다."""

    control_badge: str = "대조군"
    baseline_badge: str = "기준선"
    hnl_badge: str = "단계별(하드 네거티브)"
    multi_badge: str = "다중 라벨"
    plain_badge: str = "단일 단계"
    from_to: str = "[{low:+.1f}, {high:+.1f}]"
    inherited_stage: str = "{stage} (이어받음)"
    collapsed_runs: str = "실행 {n}개 중 {k}개({first})"
    predicted_none: str = "클래스 없음"
