"""How far a figure that was made again is from the record before: the largest change of a claim's number."""

from dataclasses import dataclass

from dynnet.paper.report.claims import Measured, Record


@dataclass(frozen=True)
class Change:
    """What became of a claim's number.

    Attributes:
        share: of the change, in units of the larger of the number before and the nearer bound of its band.
        unit: which of them that is, "its value" or "its band"; "1" where both are 0.
    """

    id: str
    before: float
    after: float
    share: float
    unit: str

    def __str__(self) -> str:
        if self.before == self.after:
            return "no number changed"
        share = f"{100 * self.share:.2g} %" if self.share >= 1e-4 else "below 0.01 %"
        return f"largest change {share} of {self.unit} ({self.id}, from {self.before:.3g} to {self.after:.3g})"


def largest_change(before: Record, after: Record) -> Change | None:
    """The largest change of the claims that both records have; None where they have none in common."""
    old = {claim.id: claim for claim in before.claims}
    changes = [_change(old[claim.id], claim) for claim in after.claims if claim.id in old]
    return max(changes, key=lambda change: change.share, default=None)


def other_measure(before: Record, after: Record) -> str:
    """Why two records do not compare like with like, or "": another profile, other networks, other pictures."""
    other = []
    if before.profile != after.profile:
        other.append(f"profile {after.profile} and not {before.profile}")
    elif before.checkpoints != after.checkpoints:
        other.append("other networks")
    if before.data != after.data:
        named = [f"{record.data.get('count')} x {record.data.get('name')}" for record in (after, before)]
        other.append("measured on {} and not {}".format(*named))
    return "; ".join(other)


def _change(before: Measured, after: Measured) -> Change:
    bounds = [abs(bound) for bound in (after.at_least, after.at_most) if bound is not None]
    size, band = abs(before.value), min(bounds, default=0.0)
    scale, unit = (size, "its value") if size >= band and size > 0 else (band, "its band") if band > 0 else (1.0, "1")
    return Change(after.id, before.value, after.value, abs(after.value - before.value) / scale, unit)
