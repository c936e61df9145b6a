# Runs once in a new guest: what package installation would have done and the host cannot do.
set -e
chown -R 1000:1000 /home/user
mkdir -p /var/lib/redis /var/log/redis /var/lib/nginx /var/log/nginx
chown redis:redis /var/lib/redis /var/log/redis
ldconfig
# Packages bring no byte code; without it every start of Python compiles anew, slowly.
python3 -m compileall -q -j 2 -x '/(test|tests|idlelib|lib2to3|turtledemo)/' \
    /usr/lib/python3* /usr/share/gdb || true
# Each gdb would unpack libc's debugging information and go through all of it.
for library in libc.so.6 ld-linux-aarch64.so.1; do
    id=$(readelf --notes "/lib/aarch64-linux-gnu/$library" 2>/dev/null | sed -n 's/.*Build ID: //p')
    symbols=/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug
    objcopy --decompress-debug-sections "$symbols"
    gdb-add-index "$symbols"
done
sync
echo u > /proc/sysrq-trigger
sleep 1
sync
