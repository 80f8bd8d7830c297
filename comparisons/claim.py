"""Give a comparison its verdicts, for pages, report and files alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.comparison_verdicts import MARGIN, Verdict, assign_verdicts
from analysis.run_comparison import RunComparison
from analysis.simultaneous_intervals import ALPHA
from comparisons.dataset_versions import VersionPair
from comparisons.sentence_texts import SENTENCE_TEXTS
from comparisons.sentences import headline, mining_sentence, run_names, settle_sentence, verdict_name
from comparisons.subject import Subject
from comparisons.version_sentences import versions_sentence


@dataclass(frozen=True)
class Claim:
    """A comparison with its verdicts: overall, and of each class for one score.

    versions: of their dataset, where the two sides were trained on two of them.
    """

    comparison: RunComparison
    overall: pd.DataFrame
    rows: pd.DataFrame
    subject: Subject
    margin: float
    versions: VersionPair | None = None

    def sentence(self, language: str = "en") -> str:
        """Return the headline."""
        return headline(self.overall, self.rows, self.subject, SENTENCE_TEXTS[language])

    def run_names(self, language: str = "en") -> tuple[str, str]:
        """Return what the two chosen runs are called, whatever other seeds took part."""
        return run_names(self.subject, SENTENCE_TEXTS[language])

    def settling(self, language: str = "en") -> str:
        """Say what would settle the overall difference.

        Empty where it is settled, or where only a seed differs.
        """
        return "" if self.subject.same_recipe else settle_sentence(self.overall.iloc[0], SENTENCE_TEXTS[language])

    def on_versions(self, language: str = "en") -> str:
        """Say which samples of two versions are compared, by which labels; empty for one version."""
        return versions_sentence(self.versions, language)

    def on_mining(self, language: str = "en") -> str:
        """Say what the difference of a run (b) and its control (a) means for mining.

        Only where `comparisons.control_runs.shows_mining` holds of their stages too.
        """
        return mining_sentence(self.overall, self.subject, SENTENCE_TEXTS[language])


def judge(
    comparison: RunComparison,
    subject: Subject,
    metric: str,
    margin: float = MARGIN,
    versions: VersionPair | None = None,
) -> Claim:
    """Give a comparison its verdicts.

    With one seed, a class is called better only where McNemar's or DeLong's test after Holm agrees: a sentence that
    both tests on the same page contradict helps nobody.
    """
    rows = assign_verdicts(comparison.per_class[comparison.per_class["metric"] == metric], margin)
    if comparison.n_seeds == 1 and rows["verdict"].isin([Verdict.BETTER, Verdict.WORSE]).any():
        p_values = comparison.tests.set_index("class_name")[["mcnemar_holm", "delong_holm"]].min(axis=1)
        agrees = rows["class_name"].map(p_values).to_numpy(np.float64) < ALPHA
        claims = rows["verdict"].isin([Verdict.BETTER, Verdict.WORSE])
        rows = rows.assign(verdict=rows["verdict"].mask(claims & ~agrees, Verdict.NOT_SETTLED.value))
    return Claim(comparison, assign_verdicts(comparison.overall, margin), rows, subject, margin, versions)


def with_verdict_names(rows: pd.DataFrame, language: str = "en") -> pd.DataFrame:
    """Replace verdicts by the names that users read.

    Tables and files then say the words of the sentence.
    """
    return rows.assign(verdict=[verdict_name(verdict, SENTENCE_TEXTS[language]) for verdict in rows["verdict"]])
