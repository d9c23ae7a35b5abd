"""What the scripts that measure have in common: servers, loads, figures by round, the machine."""
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

# The data set of every comparison, unless it says another: that of the app this began with.
USERS, BUSINESSES, COUPONS = 33000, 16500, 33000
COMMIT_MODES = ('log', 'lmdb')


def say(text):
    print(text, file=sys.stderr, flush=True)


class Server:
    """A process that says port=N on one of its outputs ('stdout' or 'stderr')."""

    def __init__(self, command, pipe):
        self.process = subprocess.Popen(command, text=True, **{pipe: subprocess.PIPE})
        self.pid = self.process.pid
        self.said = ''  # before it listened
        stream = getattr(self.process, pipe)
        for line in stream:
            self.said += line
            found = re.search(r'\bport=(\d+)', line)
            if found:
                self.port = int(found.group(1))
                break
        else:
            raise SystemExit(f'{command[0]} ended without listening')
        # What it says later is of no interest, but must not fill the pipe.
        self.drain = subprocess.Popen(['cat'], stdin=stream, stdout=subprocess.DEVNULL)
        stream.close()

    def stop(self):
        """Asks it to end; its exit status."""
        self.process.terminate()
        return self.process.wait(timeout=60)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Build:
    """The programs of a build folder."""

    def __init__(self, folder):
        self.folder = folder

    def program(self, folder, name):
        path = os.path.join(self.folder, folder, name)
        if not os.access(path, os.X_OK):
            raise SystemExit(f'{path} is not there: ninja -C {self.folder}')
        return path

    def commit_modes(self):
        """The commit modes that this peakpeepsd knows."""
        settings = subprocess.run([self.program('server', 'peakpeepsd'), '--print-config'],
                                  stdout=subprocess.PIPE, text=True, check=True).stdout
        known = re.search(r'^  commit:', settings, re.MULTILINE) is not None
        return COMMIT_MODES if known else ('lmdb',)

    def start(self, store, commit=None, settings=()):
        """A peakpeepsd on a store and a port of the kernel's choice."""
        command = [self.program('server', 'peakpeepsd'), '--store', store, '--listen',
                   '127.0.0.1:0', '--unix', 'none']
        if commit is not None and len(self.commit_modes()) > 1:
            command += ['--set', f'store.commit={commit}']
        for setting in settings:
            command += ['--set', setting]
        return Server(command, 'stderr')

    def bench(self, port, *options):
        """What peakpeeps-bench --json reports; it ends everything when the load broke off."""
        command = [self.program('bench', 'peakpeeps-bench'), '--json', '--address',
                   f'127.0.0.1:{port}', *(str(option) for option in options)]
        return json_of(command)

    def limits(self, *options):
        """The name=value pairs that peakpeeps-limits prints."""
        command = [self.program('bench', 'peakpeeps-limits'), *(str(option) for option in options)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        return dict(pair.split('=', 1) for pair in done.stdout.split())


def json_of(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f'{" ".join(command)}: exit {done.returncode}\n{done.stdout}')
    return json.loads(done.stdout)


class Figures:
    """Named values, one of each round."""

    def __init__(self):
        self.values = {}

    def note(self, name, value):
        self.values.setdefault(name, []).append(value)

    def __contains__(self, name):
        return name in self.values

    def __getitem__(self, name):
        return self.values[name]

    def median(self, name):
        return statistics.median(self.values[name])

    def span(self, name):
        return min(self.values[name]), max(self.values[name])

    def ratios(self, name, against):
        """Round by round: what else the machine did in a round met both."""
        return [one / other if other else float('inf')
                for one, other in zip(self.values[name], self.values[against])]


class Workspace:
    """A folder on the disk to measure, that goes when it is over."""

    def __init__(self, parent, prefix):
        parent = os.path.abspath(parent)
        os.makedirs(parent, exist_ok=True)
        self.path = tempfile.mkdtemp(prefix=prefix, dir=parent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def join(self, *names):
        return os.path.join(self.path, *names)


def end_on_signals():
    """SIGTERM ends the script as ^C does, so that what it started is ended too."""
    def end(number, _frame):
        raise SystemExit(128 + number)
    signal.signal(signal.SIGTERM, end)


# ---- What the kernel knows about a process ----

def io_of(pid):
    """/proc/PID/io: bytes that went to or came from the disk, among others."""
    with open(f'/proc/{pid}/io', encoding='ascii') as text:
        return {name: int(value) for name, value in (line.split(': ') for line in text)}


def memory_of(pid):
    """/proc/PID/smaps_rollup in bytes, as in memory_of(pid)['Anonymous']."""
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as text:
        lines = [line.split() for line in text]
    return {words[0].rstrip(':'): int(words[1]) * 1024 for words in lines if words[-1] == 'kB'}


def thread_seconds(pid):
    """Processor time of each thread of a process, by 'name tid'."""
    seconds = {}
    for tid in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{tid}/comm', encoding='utf-8') as text:
            name = text.read().strip()
        with open(f'/proc/{pid}/task/{tid}/schedstat', encoding='ascii') as text:
            seconds[f'{name} {tid}'] = int(text.read().split()[0]) / 1e9
    return seconds


# ---- What the page says ----

def whole(value):
    """A number with its thousands apart."""
    return f'{value:,.0f}'.replace(',', ' ')


def first_match(path, pattern):
    with open(path, encoding='utf-8') as text:
        found = re.search(pattern, text.read(), re.MULTILINE)
    return found.group(1).strip() if found else 'unknown'


def file_system(folder):
    """The type of the file system that holds a folder: that of the longest mount point above it."""
    path = os.path.realpath(folder)
    best, kind = '', 'unknown'
    with open('/proc/mounts', encoding='utf-8') as mounts:
        for mount in mounts:
            point, name = mount.split()[1:3]
            above = path == point or path.startswith(point.rstrip('/') + '/')
            if above and len(point) >= len(best):
                best, kind = point, name
    return kind


def machine(folder):
    memory = int(first_match('/proc/meminfo', r'^MemTotal:\s*(\d+)')) / 1024 / 1024
    system = first_match('/etc/os-release', r'^PRETTY_NAME="([^"]*)"')
    return (f'{os.cpu_count()} cores ({first_match("/proc/cpuinfo", r"^model name.*: (.*)$")}), '
            f'{memory:.0f} GiB, {system}, Linux {platform.release()}, {file_system(folder)}, '
            f'{time.strftime("%Y-%m-%d")}')


def replace_part(path, name, text):
    """Replaces what stands between <!-- NAME: begin --> and <!-- NAME: end --> of a page."""
    begin, end = f'<!-- {name}: begin -->', f'<!-- {name}: end -->'
    with open(path, encoding='utf-8') as file:
        page = file.read()
    if begin not in page or end not in page:
        raise SystemExit(f'{path} has no line {begin} and {end}')
    before, rest = page.split(begin, 1)
    after = rest.split(end, 1)[1]
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'{before}{begin}\n\n{text.strip()}\n\n{end}{after}')
