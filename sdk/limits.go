package sdk

// The limits of protocol v1: the defaults and the maxima. Open has those of the run.
const (
	MaxRecordBytes        = 256 << 10 // one record's document, unless the host says otherwise
	HardRecordBytes       = 1_000_000 // one record's document, whatever the host says
	SoftBatchBytes        = 1 << 20   // a batch is sent when it reaches this
	MaxBatchBytes         = 3 << 20   // a batch never exceeds this
	MaxMessageBytes       = 8 << 20   // gRPC message, both directions
	MaxUnackedCheckpoints = 4         // checkpoints without an acknowledgement
	MaxUnackedBytes       = 8 << 20   // bytes without an acknowledgement
	MaxCursorBytes        = 64 << 10  // one cursor
	MaxKeyBytes           = 512       // one record key
	MaxLogBytes           = 8 << 10   // one log message
	GroupRecords          = 500       // records between two checkpoints
	GroupBytes            = 3 << 19   // bytes between two checkpoints (1.5 MiB)
)
