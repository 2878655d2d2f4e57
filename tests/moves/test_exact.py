"""The exact mode: no candidate is left at the screen."""

import numpy as np

from sim.moves.score import EVERY, score


def test_an_exact_run_walks_every_candidate(model_of):
    quick, exact = (model_of("america_first", quarters=1, exact=e, values={"model.choice.agenda": 1.0}, seed=2)
                    for e in (False, True))  # fmt: skip
    quick.step()
    exact.step()
    assert exact.design.settings.shortlist == EVERY
    for one, other in zip(quick.quarters[0].decisions, exact.quarters[0].decisions, strict=True):
        left = one.ledger.feasible & ~one.ledger.exact
        assert left.any() and not (other.ledger.feasible & ~other.ledger.exact).any()
        asked = score(quick.quarters[0].scene, one.ledger.catalogue, all_exact=True)
        assert np.array_equal(asked.terms, other.ledger.terms, equal_nan=True)
