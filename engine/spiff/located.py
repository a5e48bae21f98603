"""What goes wrong in the library, told by the element at which it did."""

from SpiffWorkflow.exceptions import SpiffWorkflowException

from engine.errors import ElementFailed


class errors_located:
    """Turns what the library raises into ElementFailed, so nobody above needs to know the library."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RecursionError):
            raise ElementFailed("", "", "", "图上有一个走不出去的圈，请流程管理员修改流程图") from error
        if not isinstance(error, SpiffWorkflowException):
            return
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ElementFailed):
                raise cause from error
            cause = cause.__cause__ or cause.__context__
        spec = getattr(getattr(error, "task", None), "task_spec", None) or getattr(error, "task_spec", None)
        element = getattr(spec, "bpmn_id", None) or getattr(spec, "name", "") or ""
        raise ElementFailed(element, getattr(spec, "bpmn_name", "") or "", "", str(error)) from error
