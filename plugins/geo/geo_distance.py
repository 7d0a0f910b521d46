"""Distance and azimuths between two positions, on the ellipsoid."""

from __future__ import annotations

from geo_position import read_position

from copilot.plugin_api import Figure, FigureKind, Line, Result, Value, need, say

_NATO_MILS = 6400 / 360
_CORNERS = 30


def distance_result(start: str, end: str) -> Result:
    """Solve the inverse geodesic problem on WGS 84 (Karney 2013), to the millimetre."""
    a, b = read_position(start), read_position(end)
    geod = need("pyproj", "geo").Geod(ellps="WGS84")
    there, back, metres = (float(one) for one in geod.inv(a.lon, a.lat, b.lon, b.lat))
    azimuth, final = there % 360, (back + 180) % 360
    between = geod.npts(a.lon, a.lat, b.lon, b.lat, _CORNERS) if metres else []
    path = [(a.lon, a.lat), *between, (b.lon, b.lat)]
    warnings = []
    if metres < 1:
        warnings.append(
            say(
                "The two positions are one: an azimuth means nothing.",
                "Les deux positions se confondent : pas d'azimut.",
            )
        )
    return Result(
        values=(
            Value("distance", metres, "m", "Distance"),
            Value("azimuth", azimuth, "degree", say("Azimuth at the start", "Azimut au départ")),
            Value(
                "azimuth_mils",
                azimuth * _NATO_MILS,
                None,
                say("The same in mils (6400)", "Le même en millièmes (6400)"),
            ),
            Value("final_azimuth", final, "degree", say("Azimuth on arrival", "Azimut à l'arrivée")),
            Value("back_azimuth", back % 360, "degree", say("Azimuth back, at the end", "Azimut retour, à l'arrivée")),
        ),
        figure=Figure(
            FigureKind.MAP,
            say("Geodesic", "Géodésique"),
            lines=(Line(say("Geodesic", "Géodésique"), *map(tuple, zip(*path, strict=True))),),
            x_label="Longitude",
            y_label="Latitude",
        ),
        assumptions=(
            say(
                "Shortest line on the ellipsoid of WGS 84 at sea level: no relief, no roads.",
                "Plus courte ligne sur l'ellipsoïde WGS 84 au niveau de la mer : ni relief, ni routes.",
            ),
            say(
                "Azimuths are from true north, clockwise; neither grid nor magnetic north.",
                "Les azimuts partent du nord géographique, dans le sens horaire ; ni nord de la grille, ni nord "
                "magnétique.",
            ),
        ),
        warnings=tuple(warnings),
    )
