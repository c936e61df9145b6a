#!/bin/bash
# Times a set of ordinary programs natively, under strace, recorded and replayed. Runs in the guest; time there counts
# instructions, so that it repeats. Prints a line per workload; a way that fails has "failed" in its place.
# usage: bench_workloads.sh [WORKLOAD...]
all=(cp make python sqlite gzip pipes threads node)
[ $# -gt 0 ] || set -- "${all[@]}"
work=$(mktemp -d /tmp/bench-XXXXXX)
cd "$work" || exit 1
export _RR_TRACE_DIR=$work/traces TMPDIR=$work LC_ALL=C.UTF-8

make_inputs() {
  mkdir -p in/tree in/c
  local big i
  big=$(readlink -f /usr/bin/python3)
  for ((i = 1; i <= 300; ++i)); do head -c $((200 + 37 * i)) "$big" > in/tree/$i; done
  head -c 3000000 "$big" > in/blob
  for i in 1 2 3 4 5 6; do
    printf '#include <stdio.h>\n#include <string.h>\nint part%d(int n) { char t[64]; snprintf(t, 64, "%%d", n); return (int)strlen(t) + %d; }\n' \
      $i $i > in/c/part$i.c
  done
  { printf 'int part%d(int);\n' 1 2 3 4 5 6; echo 'int main(void) { return part1(1) + part2(2) + part6(3) > 99; }'; } > in/c/main.c
  printf 'parts = main.o part1.o part2.o part3.o part4.o part5.o part6.o\nprogram: $(parts)\n\tgcc -o $@ $(parts)\n%%.o: %%.c\n\tgcc -O1 -c $<\n' > in/c/Makefile
  cat > in/work.py <<'PY'
import hashlib, json, re
rows = [{"n": n, "name": f"row{n}", "list": list(range(n % 7))} for n in range(1500)]
text = json.dumps(rows)
assert json.loads(text) == rows
print(len(re.findall(r"row(\d+)", text)), hashlib.sha256(text.encode()).hexdigest())
PY
  cat > in/work.sql <<'SQL'
create table t(a integer primary key, b text);
with recursive c(x) as (select 1 union all select x + 1 from c where x < 8000) insert into t select x, hex(x * x) from c;
create index i on t(b);
select count(*), sum(length(b)) from t where b like '31%';
SQL
  echo 'const m = new Map(); let s = 0; for (let i = 0; i < 60000; i++) { m.set("k" + i % 997, i); s += m.get("k" + i % 31) || 0; } console.log(s, m.size);' > in/work.js
}

prepare() { rm -rf copy built base.db; [ "$1" != make ] || cp -r in/c built; }

# The workload $1 run through the words that follow.
run() {
  local what=$1
  shift
  case $what in
    cp) "$@" cp -r in/tree copy ;;
    make) "$@" make -s -C built ;;
    python) "$@" python3 in/work.py ;;
    sqlite) "$@" sqlite3 base.db '.read in/work.sql' ;;
    gzip) "$@" gzip -kc in/blob ;;
    pipes) "$@" bash -c 'for i in 1 2 3 4 5 6 7 8; do cat in/work.py | sed s/a/b/ | wc -c; done' ;;
    threads) "$@" xz -T2 --block-size=500000 -1kc in/blob ;;
    node) "$@" node in/work.js ;;
    *) echo "there is no workload $what" >&2; return 2 ;;
  esac
}

# Milliseconds that the command takes, or "failed".
clock() {
  local begun ended
  begun=$(date +%s%N)
  if "$@" > "$work/out" 2> "$work/err" </dev/null; then
    ended=$(date +%s%N)
    echo $(((ended - begun) / 1000000))
  else
    echo failed
  fi
}

ratio() { [ "$1" = failed ] && echo failed || awk -v a="$1" -v b="$2" 'BEGIN { printf "%d (%.2fx)", a, a / (b > 0 ? b : 1) }'; }

make_inputs
rr record true > /dev/null 2>&1  # rr itself is read from the disk once
printf '%-9s %10s %18s %18s %18s %10s\n' workload native strace "rr record" "rr replay" trace
for what in "$@"; do
  prepare "$what"
  run "$what" > /dev/null 2>&1 </dev/null
  prepare "$what"
  native=$(clock run "$what")
  prepare "$what"
  strace=$(clock run "$what" strace -f -o "$work/strace.out")
  rm -f "$work/strace.out"
  prepare "$what"
  rm -rf "$_RR_TRACE_DIR"
  record=$(clock run "$what" timeout 60 rr record)
  replay=failed
  size=-
  if [ "$record" != failed ]; then
    replay=$(clock timeout 60 rr replay -a)
    size=$(du -sk "$_RR_TRACE_DIR" | cut -f1)
  fi
  printf '%-9s %10s %18s %18s %18s %7s KB\n' "$what" "$native" "$(ratio "$strace" "$native")" \
    "$(ratio "$record" "$native")" "$(ratio "$replay" "$native")" "$size"
done
rm -rf "$work"
