#!/usr/bin/env bash
# Unpacks a real MySQL server from Debian's unstable suite into FOLDER, beside the system: no package of this machine is
# installed, changed or removed. The server brings its own C library, so it is always started through the suite's loader.
# Usage: mysql-from-debian.sh FOLDER     afterwards FOLDER/mysqld is a wrapper that takes mysqld's own options.
set -euo pipefail

target=$1
mkdir -p "$(dirname "$target")"

# Two test runs may start at once: the second one waits here and then finds the work done.
exec 9>"$target.lock"
flock 9
[ -x "$target/mysqld" ] && exit 0

if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  echo "MySQL can be fetched by itself only on Debian; elsewhere set TIDEGATE_TEST_MYSQLD to a mysqld 8.4 or later." >&2
  exit 3
fi

# Everything happens in a folder of its own that gets its final name only when it is complete.
work=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
apt=$work/apt
mkdir -p "$apt"/{parts,lists/partial,cache/archives/partial} "$work"/{debs,root}

mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
  grep -v '^ *#' | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ' || true)
cat >"$apt/parts/unstable.sources" <<SOURCES
Types: deb
URIs: ${mirror:-http://deb.debian.org/debian}
Suites: sid
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/parts";
Dir::State::lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Sandbox::User "root";
CONF
export APT_CONFIG=$apt/apt.conf

apt-get -qq update
# The loader is used with the suite's own libraries only, so all of what the server needs comes along; what it never
# loads (an interpreter, compilers' parts) stays out.
mapfile -t packages < <(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
  --no-replaces --no-enhances mysql-server-core | grep -E '^[a-z0-9]' | sort -u |
  grep -vE '^(perl|libperl|gcc-|openssl-provider|libgdbm|libdb5|libcrypt1)')
(cd "$work/debs" && apt-get -qq download "${packages[@]}")
for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
rm -rf "$work/debs" "$apt"

loader=$(cd "$work/root" && find usr/lib -name 'ld-linux-*.so.*' | sort | head -n 1)
libraries=$(dirname "$loader")
cat >"$work/mysqld" <<WRAPPER
#!/bin/sh
here=$target/root
exec "\$here/$loader" --library-path "\$here/$libraries:\$here/$libraries/mysql" "\$here/usr/sbin/mysqld" --no-defaults \\
  --basedir="\$here/usr" --lc-messages-dir="\$here/usr/share/mysql" --plugin-dir="\$here/usr/lib/mysql/plugin" "\$@"
WRAPPER
chmod 755 "$work/mysqld"
rm -rf "$target"
mv "$work" "$target"
trap - EXIT
