"""The limits of protocol v1: the defaults and the maxima. Open has those of the run."""

MAX_RECORD_BYTES = 256 << 10  # one record's document, unless the host says otherwise
HARD_RECORD_BYTES = 1_000_000  # one record's document, whatever the host says
SOFT_BATCH_BYTES = 1 << 20  # a batch is sent when it reaches this
MAX_BATCH_BYTES = 3 << 20  # a batch never exceeds this
MAX_MESSAGE_BYTES = 8 << 20  # gRPC message, both directions
MAX_UNACKED_CHECKPOINTS = 4  # checkpoints sent and not yet acknowledged
MAX_UNACKED_BYTES = 8 << 20  # bytes sent and not yet acknowledged
MAX_CURSOR_BYTES = 64 << 10
MAX_KEY_BYTES = 512
MAX_LOG_BYTES = 8 << 10
MAX_TEXT_BYTES = 1 << 10  # a message, a remedy, a scope, a note
GROUP_RECORDS = 500  # records between two checkpoints
GROUP_BYTES = 3 << 19  # bytes between two checkpoints
