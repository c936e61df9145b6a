"""Servers and system tools of Debian, each with its clients, recorded together and replayed exactly."""

import pytest

pytestmark = pytest.mark.slow

NGINX = """
set -e
cat > nginx.conf <<END
daemon off; worker_processes 2; error_log $PWD/errors; pid $PWD/pid;
events { worker_connections 64; }
http { access_log off; client_body_temp_path $PWD/b; proxy_temp_path $PWD/p; fastcgi_temp_path $PWD/f;
       uwsgi_temp_path $PWD/u; scgi_temp_path $PWD/s;
       server { listen 127.0.0.1:8088; root $PWD/pages; location / { autoindex on; } } }
END
mkdir pages; seq 2000 > pages/numbers
nginx -c $PWD/nginx.conf & server=$!
until curl -s -o /dev/null http://127.0.0.1:8088/; do sleep 0.01; done
for i in 1 2 3 4; do
  curl -s $(for j in $(seq 50); do echo http://127.0.0.1:8088/numbers; done) | md5sum
done
kill -QUIT $server; wait $server; echo ended $?
"""

TMUX = """
set -e
export TERM=xterm
tmux -L test -f /dev/null new-session -d 'read word; echo "got $word" > answer'
tmux -L test send-keys words Enter
until [ -s answer ]; do sleep 0.01; done
cat answer
tmux -L test kill-server 2> /dev/null || true
"""

RSYNC = """
set -e
mkdir -p from/deep; seq 3000 > from/deep/numbers; ln -s numbers from/deep/link; truncate -s 1M from/hole
rsync -a from/ to/
seq 2500 > from/deep/numbers
rsync -ac --delete from/ to/
diff -r from to && echo the same
"""

DPKG = """
set -e
mkdir -p package/DEBIAN package/opt root/var/lib/dpkg/info root/var/lib/dpkg/updates
touch root/var/lib/dpkg/status root/var/lib/dpkg/available
printf 'Package: x\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@b>\\nDescription: x\\n' > package/DEBIAN/control
echo contents > package/opt/file
dpkg-deb --build --root-owner-group package x.deb
dpkg --root=$PWD/root --force-script-chrootless -i x.deb
cat root/opt/file
"""

REDIS = """
set -e
redis() { redis-cli -s redis.sock "$@"; }
serve() {
  redis-server --port 0 --unixsocket $PWD/redis.sock --dir $PWD --appendonly yes --save '' > log & server=$!
  until [ -S redis.sock ]; do sleep 0.05; done
  until redis ping | grep -q PONG; do sleep 0.05; done
}
serve
(for i in 1 2 3 4 5 6 7 8; do echo set key$i value$i; done; echo incrby count 41; echo bgsave) | redis
until grep -q 'DB saved on disk' log; do sleep 0.05; done
redis bgrewriteaof
until grep -q 'AOF rewrite finished' log; do sleep 0.05; done
redis incr count
kill -TERM $server; wait $server
ls dump.rdb appendonlydir
serve
printf 'dbsize\\nget count\\n' | redis
redis shutdown; wait $server
"""

CLONE = """
set -e
export HOME=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git -c init.defaultBranch=main init -q from
cd from
for i in 1 2 3; do seq $((i * 700)) > file$i; git add .; git commit -qm "commit $i"; done
cd ..
git clone -q file://$PWD/from to
cd to
git fsck && git log --oneline | wc -l
"""

SANDBOX = """
set -e
bwrap --ro-bind / / --proc /proc --dev /dev --unshare-all sh -c 'echo $$; id -u; ls /proc | grep -c "^[0-9]"'
unshare -mpf --mount-proc sh -c 'echo $$; ps ax | wc -l'
"""


@pytest.mark.parametrize("script, end", [
    (NGINX, "ended 0\n"),
    (TMUX, "got words\n"),
    (RSYNC, "the same\n"),
    (DPKG, "contents\n"),
    (SANDBOX, None),
    (REDIS, "9\n42\n"),
    (CLONE, "3\n"),
], ids=["nginx", "tmux", "rsync", "dpkg", "sandbox", "redis", "clone"])
def test_service(workshop, script, end):
    recording = workshop.record("bash", "-c", script)
    assert recording.output.code == 0, recording.output
    sums = {line for line in recording.output.text.splitlines() if line.endswith("-")}
    assert len(sums) <= 1, recording.output  # nginx sent the same each time
    if end is not None:
        assert recording.output.text.endswith(end), recording.output
    workshop.expect_exact_replay(recording)

