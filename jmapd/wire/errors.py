"""Every error of the RFCs: request level (RFC 8620 3.6.1), method level (3.6.2) and for one record (5.3, 5.4).

A method or set error's wire type is its class name with the first letter lowered; it is never typed twice.
"""

from typing import Any

URN = "urn:ietf:params:jmap:error:"


class RequestError(Exception):
    """The whole request is refused with a problem document (RFC 7807)."""

    def __init__(self, kind: str, detail: str, status: int = 400, **more: Any) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.status, self.more = kind, detail, status, more

    def problem(self) -> dict[str, Any]:
        """The JSON problem document; `kind` is a URN's last part or "about:blank"."""
        kind = self.kind if ":" in self.kind else URN + self.kind
        return {"type": kind, "status": self.status, "detail": self.detail, **self.more}


class NotJSON(RequestError):
    def __init__(self, detail: str) -> None:
        super().__init__("notJSON", detail)


class NotRequest(RequestError):
    def __init__(self, detail: str) -> None:
        super().__init__("notRequest", detail)


class UnknownCapability(RequestError):
    def __init__(self, detail: str) -> None:
        super().__init__("unknownCapability", detail)


class LimitExceeded(RequestError):
    """RFC 8620 3.6.1 "limit": the problem document names the limit."""

    def __init__(self, limit: str, detail: str, status: int = 400) -> None:
        super().__init__("limit", detail, status, limit=limit)


class TypedError(Exception):
    """An error whose wire type is its class name."""

    def __init__(self, description: str | None = None, **more: Any) -> None:
        super().__init__(description or type(self).__name__)
        self.description, self.more = description, more

    def wire(self) -> dict[str, Any]:
        """The error object: type, description when there is one, and the members its RFC adds."""
        name = type(self).__name__
        out: dict[str, Any] = {"type": name[0].lower() + name[1:]}
        if self.description:
            out["description"] = self.description
        return out | self.more


class MethodError(TypedError):
    """The method call failed as a whole (RFC 8620 3.6.2)."""


class ServerUnavailable(MethodError): ...


class ServerFail(MethodError): ...


class ServerPartialFail(MethodError): ...


class UnknownMethod(MethodError): ...


class InvalidArguments(MethodError): ...


class InvalidResultReference(MethodError): ...


class AccountNotFound(MethodError): ...


class AccountNotSupportedByMethod(MethodError): ...


class AccountReadOnly(MethodError): ...


class RequestTooLarge(MethodError): ...


class StateMismatch(MethodError): ...


class CannotCalculateChanges(MethodError): ...


class TooManyChanges(MethodError): ...


class UnknownDataType(MethodError): ...  # RFC 9404 4.3


class AnchorNotFound(MethodError): ...


class UnsupportedSort(MethodError): ...


class UnsupportedFilter(MethodError): ...


class ExpandDurationTooLarge(MethodError): ...  # jmap-calendars-27 5.11


class CannotCalculateOccurrences(MethodError): ...  # jmap-calendars-27 5.11


class FromAccountNotFound(MethodError): ...


class FromAccountNotSupportedByMethod(MethodError): ...


class SetError(TypedError):
    """One record of a /set, /copy or /import was refused (RFC 8620 5.3)."""


class Forbidden(SetError): ...


class OverQuota(SetError): ...


class TooLarge(SetError): ...


class RateLimit(SetError): ...


class NotFound(SetError): ...


class InvalidPatch(SetError): ...


class WillDestroy(SetError): ...


class Singleton(SetError): ...


class InvalidProperties(SetError):
    """RFC 8620 5.3; `properties` names each property that is wrong."""

    def __init__(self, properties: list[str], description: str) -> None:
        super().__init__(description, properties=properties)


class AlreadyExists(SetError):
    """RFC 8620 5.4; `existingId` is the record that is there already."""

    def __init__(self, existing_id: str, description: str | None = None) -> None:
        super().__init__(description, existingId=existing_id)


class MailboxHasChild(SetError): ...  # RFC 8621 2.5


class MailboxHasEmail(SetError): ...  # RFC 8621 2.5


class TooManyKeywords(SetError): ...  # RFC 8621 4.6


class TooManyMailboxes(SetError): ...  # RFC 8621 4.6


class InvalidEmail(SetError): ...  # RFC 8621 4.8, 7.5


class TooManyRecipients(SetError): ...  # RFC 8621 7.5


class NoRecipients(SetError): ...  # RFC 8621 7.5


class InvalidRecipients(SetError): ...  # RFC 8621 7.5


class ForbiddenMailFrom(SetError): ...  # RFC 8621 7.5


class ForbiddenFrom(SetError): ...  # RFC 8621 6.3, 7.5


class ForbiddenToSend(SetError): ...  # RFC 8621 7.5


class CannotUnsend(SetError): ...  # RFC 8621 7.5


class MdnAlreadySent(SetError): ...  # RFC 9007 2.1


class AddressBookHasContents(SetError): ...  # RFC 9610 2.3


class CalendarHasEvent(SetError): ...  # jmap-calendars-27 4.3


class TaskListHasTask(SetError): ...  # tasks-06 3.4


class NoSupportedScheduleMethods(SetError): ...  # jmap-calendars-27 5.9


class BlobNotFound(SetError):
    """RFC 8621 4.6; `notFound` lists the blob ids."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__(f"there is no such blob: {', '.join(ids)[:200]}", notFound=ids)
