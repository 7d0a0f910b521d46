"""Safety stock for normal demand over a lead time that varies too."""

from __future__ import annotations

from statistics import NormalDist

from copilot.plugin_api import Column, Result, ResultTable, ToolError, Value, say, written

_NORMAL = NormalDist()


def shortfall(stock: float, deviation: float) -> float:
    """Return the mean units short in a cycle: ``sigma (phi(z) - z (1 - Phi(z)))`` with ``z = stock / sigma``."""
    z = stock / deviation
    return deviation * (_NORMAL.pdf(z) - z * (1 - _NORMAL.cdf(z)))


def stock_for_fill_rate(share: float, quantity: float, deviation: float) -> float:
    """Return the stock at which the mean shortfall of a cycle is ``(1 - share) quantity``; it may be below 0."""
    wanted = (1 - share) * quantity
    low, high = -quantity - 10 * deviation, 40 * deviation
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if shortfall(middle, deviation) > wanted else (low, middle)
    return high


def safety_stock_result(
    demand: float,
    demand_deviation: float,
    lead_time: float,
    lead_deviation: float,
    service: float,
    kind: str,
    quantity: float | None,
) -> Result:
    """Return the safety stock and order point; deviation over the lead time is ``sqrt(L s_d^2 + d^2 s_L^2)``."""
    deviation = (lead_time * demand_deviation**2 + (demand * lead_deviation) ** 2) ** 0.5
    if kind == "fill_rate" and quantity is None:
        raise ToolError(
            say(
                "A fill rate depends on how much is ordered at a time: give order_quantity.",
                "Un taux de service en quantité dépend de la quantité commandée : donnez order_quantity.",
            )
        )

    def stock_for(share: float) -> float:
        if not deviation:
            return 0.0
        if kind == "fill_rate" and quantity is not None:
            return stock_for_fill_rate(share, quantity, deviation)
        return deviation * _NORMAL.inv_cdf(share)

    exact = stock_for(service)
    stock = max(0.0, exact)
    z = stock / deviation if deviation else 0.0
    values = [
        Value("safety_stock", stock, None, say("Safety stock", "Stock de sécurité")),
        Value("order_point", demand * lead_time + stock, None, say("Order point", "Point de commande")),
        Value("lead_demand", demand * lead_time, None, say("Mean demand over the lead time", "Besoin moyen du délai")),
        Value("deviation", deviation, None, say("Its standard deviation", "Son écart-type")),
        Value(
            "cycle_service",
            _NORMAL.cdf(z) if deviation else 1.0,
            None,
            say("Share of cycles without a shortage", "Part des cycles sans rupture"),
        ),
    ]
    if quantity is not None:
        short = shortfall(stock, deviation) if deviation else 0.0
        values.append(Value("fill_rate", 1 - short / quantity, None, say("Fill rate", "Part du besoin servie")))
    shares = sorted({0.8, 0.9, 0.95, 0.98, 0.99, 0.999, service})
    rows = tuple((one, max(0.0, stock_for(one)), demand * lead_time + max(0.0, stock_for(one))) for one in shares)
    part = (demand * lead_deviation) ** 2 / deviation**2 if deviation else 0.0
    warnings = []
    if exact < 0:
        warnings.append(
            say(
                "This service is reached without any safety stock: orders are large.",
                "Ce niveau de service est atteint sans stock de sécurité : les commandes sont grosses.",
            )
        )
    if deviation > demand * lead_time:
        warnings.append(
            say(
                "The deviation exceeds the mean demand over the lead time: a normal law would often be below 0 there. "
                "For few, rare demands use reorder_levels or spares.",
                "L'écart-type dépasse le besoin moyen du délai : une loi normale y serait souvent négative. "
                "Pour des besoins rares, employez reorder_levels ou spares.",
            )
        )
    return Result(
        values=tuple(values),
        tables=(
            ResultTable(
                "services",
                (
                    Column("service", None, "Service"),
                    Column("safety_stock", None, say("Safety stock", "Stock de sécurité")),
                    Column("order_point", None, say("Order point", "Point de commande")),
                ),
                rows,
                say("What other levels of service take", "Ce que demandent d'autres niveaux de service"),
            ),
        ),
        assumptions=(
            say(
                "Demand over the lead time is normal; days are independent of each other and of the lead time.",
                "Le besoin pendant le délai est normal ; les jours sont indépendants entre eux et du délai.",
            ),
            say(
                "The stock is watched at all times: an order goes out as soon as the order point is reached.",
                "Le stock est suivi en continu : la commande part dès que le point de commande est atteint.",
            ),
            say(
                f"{written(part, '.0%')} of the variance comes from the lead time.",
                f"{written(part, '.0%')} de la variance vient du délai.",
            ),
        ),
        warnings=tuple(warnings),
    )
