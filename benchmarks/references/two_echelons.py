"""The exact law of a depot and its sites (Graves 1985), for small cases: the reference of VARI-METRIC.

With a constant time of transit, what is on its way to a site is what the depot owed it when the transit began (a
binomial share of the depot's backorders) plus the Poisson demand since, independent of each other.
"""

from __future__ import annotations

import numpy as np

from copilot.plugin_api import DataTable, need


def exact_backorders(items: DataTable, sites: DataTable, most: int = 200) -> float:
    """Return the mean backorders of all sites of a single part, with the stocks of the tables."""
    stats = need("scipy.stats", "plan")
    per_day, local = np.array(sites.numbers("per_day")), np.array(sites.numbers("local_share"))
    to_depot = per_day * (1 - local)
    depot = stats.poisson(to_depot.sum() * items.numbers("depot_days")[0])
    stock = int(items.numbers("depot_stock")[0])
    owed = np.array([depot.cdf(stock), *depot.pmf(stock + np.arange(1, most))])
    total = 0.0
    for i, rate in enumerate(to_depot):
        share = rate / to_depot.sum()
        his = sum(owed[k] * stats.binom(k, share).pmf(np.arange(most)) for k in range(most))
        sure = per_day[i] * local[i] * sites.numbers("local_days")[i] + rate * sites.numbers("transit_days")[i]
        ways = np.convolve(his, stats.poisson(sure).pmf(np.arange(most)))
        held = int(sites.numbers("stock")[i])
        total += float((np.maximum(np.arange(len(ways)) - held, 0) * ways).sum())
    return total
