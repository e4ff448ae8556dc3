#!/bin/sh
# Installs the programs that the system tests talk to (Debian). Tests whose program is missing are skipped.
set -eu
missing=''
for pair in nginx:nginx imap:dovecot-imapd lmtp:dovecot-lmtpd mbsync:isync notmuch:notmuch mutt:mutt neomutt:neomutt \
    postconf:postfix sievec:dovecot-sieve bogofilter:bogofilter khard:khard vdirsyncer:vdirsyncer radicale:radicale chromium:chromium khal:khal todoman:todoman \
    xandikos:xandikos git:git curl:curl faketime:faketime; do
    PATH=$PATH:/usr/sbin:/sbin:/usr/lib/dovecot command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
/usr/bin/python3 -c 'import bcrypt' 2>/dev/null || missing="$missing python3-bcrypt" # for Radicale's users
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "peers: without root the tests that need$missing are skipped" >&2
    exit 0
fi
# The tests start the programs themselves, on ports of their own: Debian must not start any.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
# No mail system for the machine: the tests have a configuration of their own.
echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
options='-q -y --no-install-recommends -o DPkg::Lock::Timeout=300'
# shellcheck disable=SC2086
apt-get $options install $missing ||
    { apt-get -q update && apt-get $options install $missing; } ||
    { echo "peers: cannot install$missing; the tests that need them are skipped" >&2; exit 0; }
