# Sourced by bin/demo and bin/test: a Python, the system packages, and .venv. Nothing here runs by itself.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
PY="$ROOT/.venv/bin/python"

say() { printf '%s\n' "$*" >&2; }

# stop SENTENCE: what prevents going on, and exit 2.
stop() {
    say "$1"
    exit 2
}

# find_python: print the first Python that is recent enough and can make a venv.
find_python() {
    local name
    for name in python3 python3.11 python3.12 python3.13; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

# has_library SONAME: whether the dynamic linker knows it.
has_library() {
    case "$(/sbin/ldconfig -p 2>/dev/null)" in
        *"$1 "*) return 0 ;;
        *) return 1 ;;
    esac
}

# missing_base: the Debian packages that the application itself still lacks.
# libharfbuzz-subset0 is for speed only: a certificate takes three times longer without it.
missing_base() {
    [ -x "$PY" ] || find_python >/dev/null || printf 'python3 python3-venv '
    has_library libpangoft2-1.0.so.0 || printf 'libpangoft2-1.0-0 '
    has_library libharfbuzz-subset.so.0 || printf 'libharfbuzz-subset0 '
}

# apt_line PACKAGES: the one line that installs them.
apt_line() { printf 'apt-get install -y --no-install-recommends %s' "$*"; }

# apt_install PACKAGES: install them when this account may; 1 when it may not or when apt failed.
apt_install() {
    local sudo=()
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || return 1
        sudo=(sudo -n)
    fi
    say "Installation des paquets Debian : $*"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null >&2 || true
    # shellcheck disable=SC2086  # a list of names
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive $(apt_line "$@") </dev/null >&2
}

# ensure_base_packages: stop with the line to run when something is missing and cannot be installed from here.
ensure_base_packages() {
    local missing
    missing="$(missing_base)"
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086  # a list of names
    apt_install $missing && [ -z "$(missing_base)" ] && return 0
    stop "Il manque des paquets du système. Lancez : sudo $(apt_line $missing)"
}

# fingerprint FILE: what a stamp holds.
fingerprint() { "$PY" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; }

# stamped LOCK NAME: whether .venv already holds exactly this lock.
stamped() { [ "$(cat "$ROOT/.venv/.installed-$2" 2>/dev/null)" = "$(fingerprint "$ROOT/$1")" ]; }

# stamp LOCK NAME: remember that .venv holds this lock.
stamp() { fingerprint "$ROOT/$1" >"$ROOT/.venv/.installed-$2"; }

# ensure_venv base|dev: make .venv and install the hash-pinned lock into it, once per version of the lock.
# The dev lock holds every pin of the base lock (tests/test_house.py), so installing dev installs base.
ensure_venv() {
    local lock=requirements.txt
    [ "$1" = base ] || lock=requirements-dev.txt
    if ! "$PY" -c '' 2>/dev/null; then
        say "Création de l’environnement Python (.venv)…"
        "$(find_python)" -m venv --clear "$ROOT/.venv" || stop "L’environnement .venv n’a pas pu être créé."
    fi
    stamped "$lock" "$1" && return 0
    say "Installation des dépendances ($lock)…"
    # pip grumbles about many things that do not matter: what it said is shown when it failed.
    local log="$ROOT/.venv/install.log"
    if ! "$PY" -m pip install --disable-pip-version-check --require-hashes -r "$ROOT/$lock" </dev/null >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        stop "Les dépendances de $lock n’ont pas pu être installées."
    fi
    stamp "$lock" "$1"
    [ "$1" = base ] || stamp requirements.txt base
}
