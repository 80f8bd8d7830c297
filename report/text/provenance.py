"""Hold the texts about versions and devices in both languages, for report and dashboard."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProvenanceTexts:
    """English. Placeholders are filled with `str.format`."""

    made_by: str = "Made by Odap {odap}{commit}, torch {torch}{cuda}, Python {python}, on {device}{threads}."
    resumed_by: str = "Resumed with Odap {odap}{commit}, torch {torch}{cuda}, Python {python}, on {device}{threads}."
    by_commit: str = " (commit {commit})"
    by_changed_commit: str = " (commit {commit} with uncommitted changes)"
    by_cuda: str = " for CUDA {cuda}"
    by_threads: str = " (threads: {threads})"
    made_by_unknown: str = (
        "The versions of Odap and torch and the device that made this run were not recorded; Odap has recorded them "
        "since 0.2.0."
    )


@dataclass(frozen=True)
class KoreanProvenance(ProvenanceTexts):
    """한국어."""

    made_by: str = "Odap {odap}{commit}, torch {torch}{cuda}, Python {python}, 장치 {device}{threads}에서 학습했습니다."
    resumed_by: str = (
        "Odap {odap}{commit}, torch {torch}{cuda}, Python {python}, 장치 {device}{threads}에서 이어서 학습했습니다."
    )
    by_commit: str = " (커밋 {commit})"
    by_changed_commit: str = " (커밋 {commit}, 커밋하지 않은 변경 있음)"
    by_cuda: str = " (CUDA {cuda}용)"
    by_threads: str = " (스레드 {threads}개)"
    made_by_unknown: str = "이 실행에 쓰인 Odap과 torch의 버전, 장치가 기록되지 않았습니다. Odap 0.2.0부터 기록합니다."
