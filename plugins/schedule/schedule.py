"""Planning of tasks: critical path, schedule under limited resources, risk on three-point estimates."""

from __future__ import annotations

from typing import Annotated, Literal

from schedule_network import critical_chain, gantt, is_zero, passes, read_durations, read_network
from schedule_resources import (
    SEED,
    Problem,
    read_demands,
    schedule_assumptions,
    schedule_warnings,
    solve,
    use_of_resources,
    whole_parts,
)
from schedule_risk import (
    classical,
    criticality,
    draw,
    forward,
    merge_warning,
    normal_below,
    risk_assumptions,
    three_points,
)

from copilot.plugin_api import (
    Column,
    Columns,
    DataTable,
    Figure,
    FigureKind,
    Ge,
    Gt,
    Le,
    Line,
    Result,
    ResultTable,
    Solver,
    ToolError,
    Value,
    say,
    tool,
)

TimeUnit = Literal["minute", "hour", "day", "week"]
_MOST_SAMPLES = 20_000_000


@tool
def critical_path(
    tasks: Annotated[DataTable, Columns("task", "duration", "predecessors")],
    time_unit: TimeUnit = "day",
) -> Result:
    """Find how long a plan takes at least, which tasks drive it, and how much slack the others have.

    Args:
        tasks: One task a row; predecessors are task names separated by a semicolon or a comma.
        time_unit: The unit of the durations.
    """
    network = read_network(tasks)
    durations = read_durations(network, tasks, "duration")
    early, late, length = passes(network, durations)
    slack = [late[i] - early[i] for i in range(len(early))]
    critical = [is_zero(one, length) for one in slack]
    ends = [early[i] + durations[i] for i in range(len(early))]
    free = [min((early[j] for j in later), default=length) - ends[i] for i, later in enumerate(network.after)]
    chain, count = critical_chain(network, early, ends, critical)
    return Result(
        values=(
            Value("duration", length, time_unit, say("Duration of the plan", "Durée du plan")),
            Value("critical_path", " → ".join(chain), None, say("Critical path", "Chemin critique")),
            Value("critical_paths", count, None, say("Number of critical paths", "Nombre de chemins critiques")),
        ),
        tables=(
            ResultTable(
                "tasks",
                (
                    Column("task", None, say("Task", "Tâche")),
                    Column("duration", time_unit, say("Duration", "Durée")),
                    Column("earliest_start", time_unit, say("Earliest start", "Début au plus tôt")),
                    Column("earliest_finish", time_unit, say("Earliest finish", "Fin au plus tôt")),
                    Column("latest_start", time_unit, say("Latest start", "Début au plus tard")),
                    Column("latest_finish", time_unit, say("Latest finish", "Fin au plus tard")),
                    Column("total_slack", time_unit, say("Total slack", "Marge totale")),
                    Column("free_slack", time_unit, say("Free slack", "Marge libre")),
                    Column("critical", None, say("Critical", "Critique")),
                ),
                tuple(
                    (
                        name,
                        durations[i],
                        early[i],
                        ends[i],
                        late[i],
                        late[i] + durations[i],
                        slack[i],
                        free[i],
                        critical[i],
                    )
                    for i, name in enumerate(network.names)
                ),
                say("Tasks", "Tâches"),
            ),
        ),
        figure=gantt(
            say("Earliest schedule", "Calendrier au plus tôt"), network.names, early, ends, critical, time_unit
        ),
        assumptions=(
            say(
                "A task starts when all its predecessors are finished: no lag, no overlap, no days off.",
                "Une tâche commence quand tous ses prédécesseurs sont finis, sans délai, recouvrement ni jour chômé.",
            ),
            say(
                "Resources are unlimited; resource_schedule takes their limits into account.",
                "Les ressources sont illimitées ; resource_schedule tient compte de leurs limites.",
            ),
        ),
    )


@tool
def resource_schedule(
    tasks: Annotated[DataTable, Columns("task", "duration", "predecessors")],
    resources: Annotated[DataTable, Columns("resource", "capacity")],
    time_unit: TimeUnit = "day",
    effort: Annotated[float, Gt(0), Le(5)] = 1.0,
) -> Result:
    """Find the shortest schedule that never asks for more of a resource than there is.

    Args:
        tasks: One task a row; beside the named columns, one column a resource says how much of it the task holds.
        resources: One resource a row, and how much of it there is at any time.
        time_unit: The unit of the durations.
        effort: How long to search: 1 is up to half a minute or so, the same work on any machine; more may close a gap.
    """
    network = read_network(tasks)
    durations = read_durations(network, tasks, "duration")
    parts = whole_parts(durations)
    whole = [-int(-round(one * parts, 6) // 1) for one in durations]
    capacity, demand = read_demands(network, tasks, resources)
    problem = Problem(network, whole, capacity, demand)
    starts, bound, status, by_clock = solve(problem, effort)
    problem.check(starts)
    early, late, unlimited = passes(network, [one / parts for one in whole])
    begin = [one / parts for one in starts]
    ends = [(one + whole[i]) / parts for i, one in enumerate(starts)]
    makespan = max(ends)
    best = max(bound / parts, unlimited)
    gap = (makespan - best) / makespan if makespan else 0.0
    order = sorted(range(len(starts)), key=lambda i: (starts[i], ends[i], i))
    names = [network.names[i] for i in order]
    return Result(
        values=(
            Value("makespan", makespan, time_unit, say("Duration of the schedule", "Durée du calendrier")),
            Value("lower_bound", best, time_unit, say("Proved lower bound", "Borne inférieure prouvée")),
            Value("critical_path", unlimited, time_unit, say("Without resource limits", "Sans limite de ressources")),
        ),
        tables=(
            ResultTable(
                "schedule",
                (
                    Column("task", None, say("Task", "Tâche")),
                    Column("start", time_unit, say("Start", "Début")),
                    Column("finish", time_unit, say("Finish", "Fin")),
                    *(Column(name, None, name) for name in capacity),
                ),
                tuple((network.names[i], begin[i], ends[i], *(demand[name][i] for name in capacity)) for i in order),
                say("Schedule", "Calendrier"),
            ),
            use_of_resources(problem, starts),
        ),
        figure=gantt(
            say("Schedule", "Calendrier"),
            names,
            [begin[i] for i in order],
            [ends[i] for i in order],
            [is_zero(late[i] - early[i], unlimited) for i in order],
            time_unit,
        ),
        assumptions=schedule_assumptions(durations, parts),
        warnings=schedule_warnings(status, gap, by_clock),
        solver=Solver("OR-Tools CP-SAT", status, makespan, best, gap, SEED),
        seed=SEED,
    )


@tool
def risk(
    tasks: Annotated[DataTable, Columns("task", "optimistic", "likely", "pessimistic", "predecessors")],
    time_unit: TimeUnit = "day",
    deadline: Annotated[float, Ge(0)] | None = None,
    distribution: Literal["beta_pert", "triangular"] = "beta_pert",
    runs: Annotated[int, Ge(1000), Le(1_000_000)] = 20_000,
    seed: Annotated[int, Ge(0)] = 1,
) -> Result:
    """Say how long a plan may take when each task has three estimates: P50, P80, and the odds of a deadline.

    Args:
        tasks: One task a row with its three durations; predecessors are task names separated by semicolons or commas.
        time_unit: The unit of the durations.
        deadline: The date to hold, counted from the start in that unit.
        distribution: The shape of each duration between its three estimates.
        runs: How many plans are drawn.
        seed: The start of the random numbers; the same seed gives the same result.
    """
    import numpy as np

    network = read_network(tasks)
    low, mode, high = three_points(network, tasks)
    if runs * len(network.names) > _MOST_SAMPLES:
        most = _MOST_SAMPLES // len(network.names)
        raise ToolError(
            say(
                f"{runs} runs of {len(network.names)} tasks are too many; ask for {most} at most.",
                f"{runs} tirages de {len(network.names)} tâches, c'est trop ; demandez-en {most} au plus.",
            )
        )
    drawn = draw(low, mode, high, distribution, runs, seed)
    early, length = forward(network, drawn)
    critical = criticality(network, drawn, early, length)
    p10, p50, p80, p90 = (float(one) for one in np.percentile(length, (10, 50, 80, 90)))
    # The density around a percentile, from the runs within two points of it, gives the error of drawing it.
    around = np.percentile(length, (78, 82))
    error = float((0.8 * 0.2 / runs) ** 0.5 * (around[1] - around[0]) / 0.04)
    pert = classical(network, low, mode, high)
    values = [
        Value("p50", p50, time_unit, say("Even odds (P50)", "Une chance sur deux (P50)")),
        Value("p80", p80, time_unit, say("Four in five (P80)", "Quatre chances sur cinq (P80)")),
        Value("p80_error", error, time_unit, say("Standard error of the P80", "Erreur-type du P80")),
        Value("p10", p10, time_unit, "P10"),
        Value("p90", p90, time_unit, "P90"),
        Value("mean", float(length.mean()), time_unit, say("Mean", "Moyenne")),
        Value("deviation", float(length.std(ddof=1)), time_unit, say("Standard deviation", "Écart-type")),
        Value("pert_mean", pert.mean, time_unit, say("Mean, classical PERT", "Moyenne, PERT classique")),
        Value("pert_deviation", pert.stdev, time_unit, say("Deviation, classical PERT", "Écart-type, PERT classique")),
    ]
    if deadline is not None:
        label = say("Probability of holding the deadline", "Probabilité de tenir l'échéance")
        values.append(Value("on_time", float((length <= deadline).mean()), None, label))
        label = say("The same, classical PERT", "La même, PERT classique")
        values.append(Value("pert_on_time", normal_below(pert, deadline), None, label))
    counts, edges = np.histogram(length, bins=40)
    mean = drawn.mean(axis=1)
    return Result(
        values=tuple(values),
        tables=(
            ResultTable(
                "tasks",
                (
                    Column("task", None, say("Task", "Tâche")),
                    Column("mean", time_unit, say("Mean duration", "Durée moyenne")),
                    Column("criticality", None, say("Share of runs when critical", "Part des tirages critiques")),
                ),
                tuple((name, float(mean[i]), float(critical[i])) for i, name in enumerate(network.names)),
                say("Tasks", "Tâches"),
            ),
        ),
        figure=Figure(
            FigureKind.HISTOGRAM,
            say("Duration of the plan", "Durée du plan"),
            lines=(Line(say("Runs", "Tirages"), tuple(map(float, edges[:-1])), tuple(map(float, counts))),),
            x_label=say("Duration", "Durée"),
            y_label=say("Runs", "Tirages"),
            x_unit=time_unit,
        ),
        assumptions=risk_assumptions(distribution),
        warnings=merge_warning(pert, p50, float(length.std())),
        seed=seed,
    )
