"""One position in all notations."""

from __future__ import annotations

import math

from geo_position import FRANCE, read_position, transformer

from copilot.plugin_api import Column, Result, ResultTable, ToolError, Value, need, say, written

_BANDS = "CDEFGHJKLMNPQRSTUVWX"


def dms(value: float, halves: str) -> str:
    """Return degrees, minutes and seconds to the hundredth, such as ``48°51'29.52"N``."""
    hundredths = round(abs(value) * 360_000)
    degrees, rest = divmod(hundredths, 360_000)
    minutes, seconds = divmod(rest, 6_000)
    return f"{degrees}°{minutes:02d}'{seconds / 100:05.2f}\"{halves[value < 0]}"


def zone_of(lat: float, lon: float) -> int:
    """Return the UTM zone, with the exceptions of Norway and Svalbard."""
    zone = int((lon + 180) // 6) % 60 + 1
    if 56 <= lat < 64 and 3 <= lon < 12:
        return 32
    if 72 <= lat <= 84 and 0 <= lon < 42:
        return 31 + 2 * int((lon + 3) // 12)
    return zone


def band_of(lat: float) -> str:
    return _BANDS[min(19, int((lat + 80) // 8))]


def coordinates_result(text: str, notation: str) -> Result:
    """Write the position in each notation that covers it."""
    position = read_position(text, notation)
    lat, lon = position.lat, position.lon
    mgrs = need("mgrs", "geo").MGRS()
    square = mgrs.toMGRS(lat, lon, MGRSPrecision=5 - round(math.log10(max(1.0, position.square))))
    values = [
        Value("lat", lat, "degree", say("Latitude, north positive", "Latitude, nord positif")),
        Value("lon", lon, "degree", say("Longitude, east positive", "Longitude, est positif")),
        Value(
            "dms",
            f"{dms(lat, 'NS')} {dms(lon, 'EW')}",
            None,
            say("Degrees, minutes, seconds", "Degrés, minutes, secondes"),
        ),
        Value("mgrs", square, None, "MGRS"),
    ]
    rows = [
        (say("latitude, longitude", "latitude, longitude"), f"{lat:.6f}, {lon:.6f}"),
        (say("degrees, minutes, seconds", "degrés, minutes, secondes"), str(values[2].value)),
        ("MGRS", square),
    ]
    warnings = []
    if -80 <= lat <= 84:
        zone = zone_of(lat, lon)
        code = 32600 + zone + 100 * (lat < 0)
        east, north = transformer(4326, code).transform(lon, lat)
        written_utm = f"{zone}{band_of(lat)} {int(east)} {int(north)}"
        values += [
            Value("utm", written_utm, None, "UTM"),
            Value("utm_east", east, "m", say("UTM easting", "UTM est")),
            Value("utm_north", north, "m", say("UTM northing", "UTM nord")),
            Value(
                "convergence",
                _convergence(zone, lat, lon),
                "degree",
                say("Grid convergence", "Convergence des méridiens"),
            ),
        ]
        rows.append(("UTM (WGS 84)", written_utm))
    else:
        warnings.append(
            say(
                "UTM ends at 80° south and 84° north; MGRS goes on with the polar grid.",
                "L'UTM s'arrête à 80° sud et 84° nord ; le MGRS continue avec la grille polaire.",
            )
        )
    if FRANCE[0] <= lon <= FRANCE[2] and FRANCE[1] <= lat <= FRANCE[3]:
        x, y = transformer(4326, 2154).transform(lon, lat)
        values += [Value("lambert_x", x, "m", "Lambert-93 X"), Value("lambert_y", y, "m", "Lambert-93 Y")]
        rows.append(("Lambert-93", f"{x:.0f} {y:.0f}"))
    if not all(math.isfinite(one.value) for one in values if isinstance(one.value, float)):
        raise ToolError(say("The position lies outside the grid.", "La position est hors de la grille."))
    if position.square > 1:
        warnings.append(
            say(
                f"The position names a square of {written(position.square, '.0f')} m; its centre is given.",
                f"La position désigne un carré de {written(position.square, '.0f')} m ; son centre est donné.",
            )
        )
    columns = (Column("notation", None, "Notation"), Column("position", None, "Position"))
    return Result(
        values=tuple(values),
        tables=(ResultTable("notations", columns, tuple(rows), say("In each notation", "Dans chaque notation")),),
        assumptions=(
            say(
                f"The position was read as {position.notation}, on WGS 84.",
                f"La position a été lue comme {position.notation}, en WGS 84.",
            ),
            say(
                "WGS 84, ETRS89 and RGF93 are taken as one: they differ by less than a metre.",
                "WGS 84, ETRS89 et RGF93 sont confondus : ils diffèrent de moins d'un mètre.",
            ),
            say(
                "MGRS and UTM are cut, not rounded, to the metre, as the grid is read.",
                "MGRS et UTM sont tronqués, non arrondis, au mètre, comme se lit la grille.",
            ),
        ),
        warnings=tuple(warnings),
    )


def _convergence(zone: int, lat: float, lon: float) -> float:
    """Return the angle from true north to grid north, east positive (exact to the second order on the ellipsoid)."""
    pyproj = need("pyproj", "geo")
    factors = pyproj.Proj(f"+proj=utm +zone={zone} +ellps=WGS84").get_factors(lon, lat)
    return float(factors.meridian_convergence)
