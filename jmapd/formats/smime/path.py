"""From a signer's certificate to a trust anchor (RFC 5280 6.1): built and validated within bounds.

No policies are asked for, so any do. Nothing is fetched, be it a CRL, OCSP or a missing issuer.
"""

from collections.abc import Callable, Iterator, Sequence

from cryptography import x509

from jmapd.formats.smime.addresses import is_within
from jmapd.formats.smime.certificate import Certificate, NameKey, name_key
from jmapd.formats.smime.signature import is_weak
from jmapd.formats.smime.trust import Trust

MAX_LENGTH = 10
MAX_CHECKS = 100  # signatures of certificates that are verified for one message, and steps for one signer

Path = tuple[Certificate, ...]  # the signer's first, the anchor last


class Pool:
    """The certificates that came with a message, by subject, and who signed them."""

    def __init__(self, certificates: Sequence[Certificate]) -> None:
        self.certificates = certificates
        self._checked: dict[tuple[Certificate, Certificate], bool] = {}
        self._by_subject: dict[NameKey, list[Certificate]] = {}
        for each in certificates:
            self._by_subject.setdefault(each.subject, []).append(each)

    def named(self, subject: NameKey) -> list[Certificate]:
        """Those of that name."""
        return self._by_subject.get(subject, [])

    def is_signed_by(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Each pair is looked at once, and no more than MAX_CHECKS."""
        pair = certificate, issuer
        if pair not in self._checked and len(self._checked) < MAX_CHECKS:
            self._checked[pair] = certificate.is_signed_by(issuer)
        return self._checked.get(pair, False)


def errors_of(leaf: Certificate, pool: Pool, trust: Trust, moment: int) -> list[str]:
    """Why no path to an anchor is valid at that moment; nothing when one is. Of several paths, the best one's."""
    best: list[str] | None = None
    for path in paths(leaf, pool, trust):
        found = _validated(path, trust, moment)
        if not found:
            return []
        if best is None or len(found) < len(best):
            best = found
    if best is not None:
        return best
    return [f"The certificate of {leaf.title!r} does not lead to an issuer that this server trusts"]


def paths(leaf: Certificate, pool: Pool, trust: Trust) -> Iterator[Path]:
    """All paths whose signatures are right, the shortest to an anchor first."""
    steps = MAX_CHECKS
    todo: list[Path] = [(leaf,)]
    while todo:
        path = todo.pop(0)
        last = path[-1]
        if last in trust:
            yield path
            continue
        if len(path) >= MAX_LENGTH:
            continue
        for issuer in _issuers(last, pool, trust):
            if issuer in path:
                continue
            steps -= 1
            if steps < 0:
                break  # what was found is still looked at
            if pool.is_signed_by(last, issuer):
                todo.append((*path, issuer))


def _issuers(certificate: Certificate, pool: Pool, trust: Trust) -> list[Certificate]:
    """Candidates, each once, anchors first; the key identifier is a hint (RFC 5280 4.2.1.1)."""
    found = dict.fromkeys((*trust.named(certificate.issuer), *pool.named(certificate.issuer)))
    wanted = certificate.issuer_key_id
    return sorted(found, key=lambda each: wanted is not None and each.key_id != wanted)


def _validated(path: Path, trust: Trust, moment: int) -> list[str]:
    """RFC 5280 6.1.3, 6.1.4, in words for people."""
    errors = []
    for depth, each in enumerate(path):
        name, is_anchor = f"The certificate of {each.title!r}", depth == len(path) - 1
        wrong = _own_errors(each, moment)
        if not is_anchor and is_weak(each.signature_digest, moment):
            wrong.append(f"is signed with {each.signature_digest.upper()}, which is no longer safe")
        revoked = None if is_anchor else trust.revoked_at(each, path[depth + 1])
        if revoked is not None and revoked <= moment:
            wrong.append("was revoked")
        if depth:
            wrong += _issuing_errors(each, path[:depth], is_anchor)
        errors += [f"{name} {text}" for text in wrong]
    return errors


def _own_errors(each: Certificate, moment: int) -> list[str]:
    """An anchor must be valid at that moment, too: its key may not have been guarded for longer."""
    errors = []
    if moment < each.not_before:
        errors.append("is not valid yet")
    elif moment > each.not_after:
        errors.append("has expired")
    if (unknown := each.unknown_extension()) is not None:
        errors.append(f"has a critical extension that is not supported ({unknown})")
    return errors


def _issuing_errors(issuer: Certificate, below: Path, is_anchor: bool) -> list[str]:
    errors = []
    if not (issuer.may_issue() or (is_anchor and _is_old(issuer))):
        errors.append("may not issue certificates")
    length = sum(each.subject != each.issuer for each in below[1:])  # RFC 5280 4.2.1.9: self-issued ones do not count
    if issuer.path_length is not None and length > issuer.path_length:
        errors.append("does not allow so long a chain")
    if not is_anchor and not issuer.is_for_mail():
        errors.append("is not meant for mail")
    if issuer.name_constraints is not None and not _allows(issuer.name_constraints, below):
        errors.append("may not issue certificates for these names")
    return errors


def _is_old(anchor: Certificate) -> bool:
    """Of version 1, without any extensions: what it may do was decided when it was made an anchor."""
    return anchor.x509.version == x509.Version.v1


def _allows(constraints: x509.NameConstraints, below: Path) -> bool:
    """RFC 5280 4.2.1.10: of mail addresses and directory names; names of another kind must not be constrained."""
    subtrees = [*(constraints.permitted_subtrees or ()), *(constraints.excluded_subtrees or ())]
    others = tuple({type(each) for each in subtrees} - {x509.RFC822Name, x509.DirectoryName})
    for depth, each in enumerate(below):
        if depth and each.subject == each.issuer:
            continue  # 6.1.3 (b): self-issued, but for the last
        bases = _bases(constraints, x509.RFC822Name)
        for email in each.emails:
            if not _fits(bases, lambda base: is_within(email, str(base.value))):  # noqa: B023 (used at once)
                return False
        bases = _bases(constraints, x509.DirectoryName)
        directories = [name_key(name.value) for name in each.names if isinstance(name, x509.DirectoryName)]
        for key in (each.subject, *directories):
            if key and not _fits(bases, lambda base: _begins(key, base)):  # noqa: B023
                return False
        if any(isinstance(name, others) for name in each.names):
            return False
    return True


Bases = tuple[list[x509.GeneralName], list[x509.GeneralName]]


def _bases(constraints: x509.NameConstraints, kind: type[x509.GeneralName]) -> Bases:
    """(permitted, excluded) of that kind."""
    permitted = [each for each in constraints.permitted_subtrees or () if isinstance(each, kind)]
    return permitted, [each for each in constraints.excluded_subtrees or () if isinstance(each, kind)]


def _fits(bases: Bases, matches: Callable[[x509.GeneralName], bool]) -> bool:
    permitted, excluded = bases
    return not any(map(matches, excluded)) and (not permitted or any(map(matches, permitted)))


def _begins(subject: NameKey, base: x509.GeneralName) -> bool:
    key = name_key(base.value)
    return subject[: len(key)] == key
