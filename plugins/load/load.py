"""Loading: the fewest bins, pallets in layers, axle loads against their limits."""

from __future__ import annotations

from typing import Annotated

from load_axles import axles_result
from load_bins import bins_result
from load_pallets import pallets_result

from copilot.plugin_api import Columns, DataTable, Ge, Gt, Le, Result, Unit, tool


@tool
def bins(
    items: Annotated[DataTable, Columns("item", "size")],
    capacity: Annotated[float, Gt(0)],
    available: Annotated[int, Ge(1)] | None = None,
) -> Result:
    """Load items into the fewest vehicles or containers of one capacity, with a proof of how few it takes.

    Args:
        items: One item a row and its size (mass, volume, metres of floor); a column “quantity” may be added.
        capacity: What one vehicle or container holds, in the unit of the sizes.
        available: How many there are; where they do not suffice, as much as possible is loaded and the rest is listed.
    """
    return bins_result(items, capacity, available)


@tool
def pallets(
    boxes: Annotated[DataTable, Columns("box", "length", "width", "height", "quantity")],
    pallet_length: Annotated[float, Unit("mm"), Gt(0), Le(20_000)] = 1200.0,
    pallet_width: Annotated[float, Unit("mm"), Gt(0), Le(20_000)] = 800.0,
    load_height: Annotated[float, Unit("mm"), Gt(0)] = 1500.0,
    load_weight: Annotated[float, Unit("kg"), Gt(0)] = 1000.0,
) -> Result:
    """Stack boxes on pallets in layers of one kind each, and list what cannot be placed.

    Args:
        boxes: One kind of box a row: its sides in mm, height upright, and how many; “weight” in kg may be added.
        pallet_length: Length of the pallet.
        pallet_width: Width of the pallet.
        load_height: Greatest height of the load above the pallet.
        load_weight: Greatest weight of the load.
    """
    return pallets_result(boxes, pallet_length, pallet_width, load_height, load_weight)


@tool
def axle_loads(
    cargo: Annotated[DataTable, Columns("item", "mass", "position")],
    axles: Annotated[DataTable, Columns("axle", "position", "empty", "limit")],
    coupling: Annotated[float, Unit("m")] | None = None,
    gross_limit: Annotated[float, Unit("kg"), Gt(0)] | None = None,
    least_steering: Annotated[float, Ge(0), Le(1)] = 0.2,
) -> Result:
    """Work out the load of each axle of a loaded lorry or articulated lorry, and hold it against its limits.

    Args:
        cargo: One item a row: its mass in kg and the position of its centre in m; “quantity” may be added.
        axles: One axle or axle group a row, from front to rear: position in m, load when empty and limit in kg.
        coupling: Position of the fifth wheel in m, for a tractor (two axles) and a semi-trailer (the third).
        gross_limit: Greatest mass of the whole.
        least_steering: The least share of the lorry's or tractor's axle loads that the front axle should carry.
    """
    return axles_result(cargo, axles, coupling, gross_limit, least_steering)
