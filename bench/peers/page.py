"""Results as tables, ratios and plots of a page."""
import os
import statistics

import measure
import plot
import tasks
from measure import whole

# A plot of each of these, beside the page.
PLOTS = (
    ('purchases', 'Durable purchases per second, 64 connections',
     (('purchase-1', 'one in flight on each'), ('purchase-16', '16 in flight on each'))),
    ('reads', 'Reads per second, 64 connections',
     (('read-1', 'point reads'), ('read-16', 'point reads, 16 in flight on each'),
      ('list-1', 'coupons of one business'),
      ('list-16', 'coupons of one business, 16 in flight on each'))),
    ('contention', 'Where everybody wants the same, per second',
     (('hot-1', 'purchases of one hot coupon'),
      ('edit', 'edits with version check, 16 connections'))),
)


def task_of(name):
    return next(task for task in tasks.TASKS if task.name == name)


def values(data, task, who, name):
    return [result[name] for result in data['results'].get(task, {}).get(who, ())]


def row(data, task, who):
    def median(name):
        return statistics.median(values(data, task, who, name))
    found = values(data, task, who, 'per_second')
    total = f', all answered after {median("seconds"):.3f} s' if task == 'flash' else ''
    return (f'| {tasks.TITLES[who]}{total} | {whole(statistics.median(found))} | '
            f'{whole(min(found))} | {whole(max(found))} | {median("p50_ms"):.2f} | '
            f'{median("p99_ms"):.2f} |')


def figures(data):
    lines = ['| | per second, median | min | max | p50 ms | p99 ms |',
             '| --- | ---: | ---: | ---: | ---: | ---: |']
    for task in tasks.TASKS:
        measured = data['results'].get(task.name)
        if measured:
            lines.append(f'| *{task.title}* | | | | | |')
            lines += [row(data, task.name, who) for who in task.who if who in measured]
    return lines


def ratios(data, target, mode):
    """Round by round; None where one of the two was not measured."""
    ours = values(data, target.task, mode, target.value)
    other = values(data, target.other_task or target.task,
                   mode if target.other == 'self' else target.other, target.value)
    return [one / another for one, another in zip(ours, other)] if ours and other else None


def verdict(target, ratio):
    def reached(limit):
        return ratio <= limit if target.less else ratio >= limit
    if not target.must:
        return 'goal reached' if reached(target.goal) else 'goal missed'
    if not reached(target.must):
        return '**missed**'
    return 'goal reached' if reached(target.goal) else 'pass'


def cell(data, target, mode):
    found = ratios(data, target, mode)
    if found is None:
        return ''
    ratio = statistics.median(found)
    return f'{ratio:.2f} ({min(found):.2f} to {max(found):.2f}) {verdict(target, ratio)}'


def limit(target, value):
    return '' if not value else f'{"≤ " if target.less else ""}{value:g} x'


def comparison(data):
    lines = ['| work | against | must | goal | commit: log | commit: lmdb |',
             '| --- | --- | --- | --- | --- | --- |']
    for target in tasks.TARGETS:
        cells = [cell(data, target, mode) for mode in tasks.OURS]
        if any(cells):
            lines.append(f'| {target.work} | {target.against} | {limit(target, target.must)} | '
                         f'{limit(target, target.goal)} | {" | ".join(cells)} |')
    return lines


def text(data, plots=()):
    command = f'./dev bench peers --rounds {data["rounds"]} --seconds {data["seconds"]:g}'
    versions = '; '.join(data['versions'].values())
    books = [f'- {name}: {told}.' for name, told in data['books'].items()]
    return '\n'.join([
        f'Machine: {data["machine"]}. Load average before: {data["load_before"]:.1f}.', '',
        f'Data: {whole(measure.USERS)} users, {whole(measure.BUSINESSES)} businesses, '
        f'{whole(measure.COUPONS)} coupons, drawn uniformly unless it says Zipf. '
        f'{tasks.CONNECTIONS} connections with one request in flight on each, unless it says '
        f'otherwise. {data["rounds"]} rounds, interleaved, of {data["seconds"]:g} s each after '
        f'{data["warmup"]:g} s that are not counted.', '',
        f'{versions}.', '', 'Ratios, the median of those of each round, and the lowest and '
        'highest:', '', *comparison(data), '', *plots, '', *figures(data), '',
        'The books afterwards:', '', *books, '', 'Repeat it with:', '', '```', command, '```'])


def groups(data, wanted):
    for name, title in wanted:
        bars = []
        for who in task_of(name).who:
            found = values(data, name, who, 'per_second')
            if found:
                bars.append(plot.Bar(tasks.SHORT[who], statistics.median(found), min(found),
                                     max(found), who in tasks.OURS))
        if bars:
            yield title, bars


def write(path, data):
    """The part of the page, and its plots in a folder beside it."""
    folder = os.path.join(os.path.dirname(path), 'plots')
    os.makedirs(folder, exist_ok=True)
    shown = []
    for name, title, wanted in PLOTS:
        drawn = list(groups(data, wanted))
        if drawn:
            with open(os.path.join(folder, f'{name}.svg'), 'w', encoding='utf-8') as file:
                file.write(plot.bars(title, drawn))
            shown += [f'![{title}](plots/{name}.svg)', '']
    measure.replace_part(path, 'peers', text(data, shown))
