"""Everything that changes something: one verb, one function, one transaction.

Every function takes the `ProcessEngine` first and the acting person's login second. It raises the named errors of
`engine.errors` and writes either everything or nothing.
"""

from engine.commands.accounts import (
    link_purpose,
    make_password_link,
    make_setup_link,
    open_demo_session,
    session_login,
    sign_in,
    sign_out,
    use_link,
    withdraw_password_link,
)
from engine.commands.attachments import upload_attachment
from engine.commands.batch import complete_batch
from engine.commands.calendar import import_calendar_year
from engine.commands.cases import cancel_process_instance, press_button, start_process_instance
from engine.commands.circulation import circulate_case, confirm_reading, urge_readers
from engine.commands.clock import set_demo_clock
from engine.commands.delegating import delegate_task, recall_delegated_task, return_delegated_task
from engine.commands.delegations import give_delegation, withdraw_delegation
from engine.commands.deploy import deploy_packs
from engine.commands.deploying import deploy_at_start, deploy_tested
from engine.commands.drafts import (
    discard_process_draft,
    import_process_draft,
    new_process_draft,
    open_process_draft,
    rebase_process_draft,
    rename_in_scenarios,
    restore_version,
    save_process_draft,
    undo_process_draft,
)
from engine.commands.gating import settle_gates, start_gate, stop_gate, wait_for_gate
from engine.commands.incidents import move_token, retry_incident
from engine.commands.instances import add_instance, remove_instance
from engine.commands.notices import copy_case, read_notification, urge_task
from engine.commands.organisation import appoint, assign_portfolio, end_appointment
from engine.commands.parameters import set_parameter
from engine.commands.phrases import (
    add_phrase,
    add_shared_phrase,
    remove_phrase,
    remove_shared_phrase,
    restore_phrase,
    restore_shared_phrase,
)
from engine.commands.publishing import publish_draft
from engine.commands.rebuild import rebuild_projections
from engine.commands.registers import export_register, print_register
from engine.commands.returns import open_task_page, return_task, withdraw_task
from engine.commands.run import (
    deliver_message,
    drain,
    fire_timers,
    next_due,
    recompute_all,
    recompute_deadlines,
)
from engine.commands.signers import add_signer, remove_signer, sign_task
from engine.commands.suspension import resume_case, suspend_case
from engine.commands.tasks import claim_task, complete_user_task, save_draft, transfer_task, unclaim_task
from engine.commands.versions import apply_version, revert_version

__all__ = [
    "add_instance",
    "add_phrase",
    "add_shared_phrase",
    "add_signer",
    "apply_version",
    "appoint",
    "assign_portfolio",
    "cancel_process_instance",
    "circulate_case",
    "claim_task",
    "complete_batch",
    "complete_user_task",
    "confirm_reading",
    "copy_case",
    "delegate_task",
    "deliver_message",
    "deploy_at_start",
    "deploy_packs",
    "deploy_tested",
    "discard_process_draft",
    "drain",
    "end_appointment",
    "export_register",
    "fire_timers",
    "give_delegation",
    "import_calendar_year",
    "import_process_draft",
    "link_purpose",
    "make_password_link",
    "make_setup_link",
    "move_token",
    "new_process_draft",
    "next_due",
    "open_demo_session",
    "open_process_draft",
    "open_task_page",
    "press_button",
    "print_register",
    "publish_draft",
    "read_notification",
    "rebase_process_draft",
    "rebuild_projections",
    "recall_delegated_task",
    "recompute_all",
    "recompute_deadlines",
    "remove_instance",
    "remove_phrase",
    "remove_shared_phrase",
    "remove_signer",
    "rename_in_scenarios",
    "restore_phrase",
    "restore_shared_phrase",
    "restore_version",
    "resume_case",
    "retry_incident",
    "return_delegated_task",
    "return_task",
    "revert_version",
    "save_draft",
    "save_process_draft",
    "session_login",
    "set_demo_clock",
    "set_parameter",
    "settle_gates",
    "sign_in",
    "sign_out",
    "sign_task",
    "start_gate",
    "start_process_instance",
    "stop_gate",
    "suspend_case",
    "transfer_task",
    "unclaim_task",
    "undo_process_draft",
    "upload_attachment",
    "urge_readers",
    "urge_task",
    "use_link",
    "wait_for_gate",
    "withdraw_delegation",
    "withdraw_password_link",
    "withdraw_task",
]
