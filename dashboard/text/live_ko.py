"""한국어: 진행 중인 작업 - 대기열, 기다리는 작업, 진행 상황, 끝난 상태."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.live import LiveTexts

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class KoreanLive(LiveTexts):
    """이름은 live.py와 같습니다."""

    queued: str = "대기열에 넣었습니다: {title}. ‘진행 중인 작업’에 나타납니다."
    live_runs: str = "진행 중인 작업"
    nothing_live: str = "진행 중인 작업이 없습니다."
    epoch_of: str = "에폭 {epoch}/{epochs}"
    speed: str = "초당 {speed}장"
    time_left: str = "{left} 남음"
    stop: str = "중지"
    stop_help: str = "현재 스텝을 마치고 멈춥니다. 멈춘 학습은 개요 페이지에서 이어서 할 수 있습니다."
    stop_waiting_help: str = "시작하기 전에 대기열에서 뺍니다."
    drop_help: str = "작업을 끝냅니다. 만들다 만 것은 남지 않으며, 필요하면 처음부터 다시 시작하십시오."
    stop_asked: str = "{title}: 현재 스텝을 마치고 멈춥니다."
    stop_done: str = "{title}: 중지했습니다."
    stop_with_it: str = "이 작업을 기다리던 {n}건도 함께 중지했습니다."
    put_first: str = "먼저"
    put_first_help: str = "대기 중인 다른 작업보다 먼저 시작합니다."
    put_first_done: str = "{title}: 다음에 시작합니다."
    waits_for: str = "기다리는 작업: {title}"
    waits_next: str = "대기 중, 다음 차례"
    waits_behind: str = "대기 중, 앞에 {n}건"
    job_titles: Pairs = (
        ("train", "{recipe} · {dataset} · 시드 {seed:.0f}"),
        ("continued", "{recipe} · {dataset} · 시드 {seed:.0f} · 이어서"),
        ("again", "{recipe} · {dataset} · 시드 {seed:.0f} · 다시 시도 {n}/{most}"),
        ("phantom", "팬텀 데이터셋 {dataset} 만들기"),
        ("import", "{dataset} 가져오기"),
        ("check", "{dataset} 검사"),
        ("maps", "{run}의 Grad-CAM, 샘플 {n}개"),
        ("scores", "{run}의 맵 점수"),
    )
    job_ended: str = "**{title}**: {state}"
    resume: str = "이어서 학습"
    resumed: str = "학습을 다시 대기열에 넣었습니다. 마지막으로 끝난 에폭부터 이어집니다."
    state_names: Pairs = (
        ("queued", "대기 중"),
        ("starting", "시작 중"),
        ("running", "진행 중"),
        ("stopping", "중지하는 중"),
        ("done", "완료"),
        ("failed", "실패"),
        ("stopped", "중지됨"),
        ("lost", "유실됨"),
    )
