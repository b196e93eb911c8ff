package wire

import (
	"math"
	"sync"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/plumbline-dev/plumbline/sdk"
)

// The bounds that other packages need to know.
const (
	MaxWait  = 24 * time.Hour // any wait that a connector announces
	maxTook  = 31 * 24 * time.Hour
	maxCount = 1 << 53 // what JSON carries exactly
	maxRate  = 1_000_000
	maxBatch = 50_000 // records
	maxName  = 63
	maxText  = 1 << 10 // of a text that the table does not name
	maxItems = 100     // of a list or map that the table does not name
)

// way is how a field is treated.
type way int

const (
	byType way = iota // the narrow default of its type
	name              // a stream or step: lower-case letters, digits, dashes, underscores; refused
	ident             // one line that identifies something; hidden characters and too long are refused
	line              // one line for a person; too long is refused
	note              // one line for a person; too long is cut
	prose             // lines for a person; too long is cut
	page              // lines for a person; too long is refused
	data              // the customer's; not touched, bounded where it is stored
	blob              // bytes; too many are refused
	number            // 0 to max
	least             // -1 to max
	rate              // finite, 0 to maxRate
	wait              // a duration, 0 to MaxWait
	asked             // a duration, 0 to MaxWait; longer is for the conversion to lower
	took              // a duration, 0 to maxTook
	until             // a time, from 1970 to MaxWait from now
	moment            // a time, the years 1 to 9999
	part              // a message
	word              // an enumeration or a bool; every value has a meaning
)

// bound is what is allowed of a field.
type bound struct {
	way   way
	max   int // bytes of a text or blob, or the largest number
	items int // of a list or map
}

// bounds says what is allowed of each field of what a connector sends.
var bounds = map[protoreflect.Name]map[protoreflect.Name]bound{
	"DescribeResponse": {
		"id": {ident, maxName, 0}, "name": {line, 200, 0}, "version": {ident, 100, 0}, "sdk": {line, 200, 0},
		"capabilities": {ident, 100, 100}, "summary": {line, 1 << 10, 0}, "homepage": {ident, 1 << 10, 0},
		"vendor": {line, 200, 0}, "license": {ident, 200, 0}, "categories": {ident, 100, 50},
		"streams": {part, 0, 200}, "steps": {part, 0, 400}, "permissions": {part, 0, 500}, "network": {part, 0, 200}, "network_tcp": {word, 0, 0},
		"files": {part, 0, 200}, "config_schema": {blob, 256 << 10, 0}, "guide": {part, 0, 0}, "limits": {part, 0, 0},
	},
	"Stream": {
		"name": {name, maxName, 0}, "title": {line, 200, 0}, "kind": {ident, 100, 0}, "permissions": {ident, 300, 100},
		"deletes": {word, 0, 0}, "incremental": {word, 0, 0}, "description": {line, 2 << 10, 0},
	},
	"Step":       {"id": {name, maxName, 0}, "title": {line, 200, 0}, "stream": {name, maxName, 0}},
	"Permission": {"id": {ident, 300, 0}, "reason": {line, 1 << 10, 0}, "streams": {name, maxName, 200}, "optional": {word, 0, 0}},
	"NetworkHost": {
		"host": {ident, 255, 0}, "port": {number, math.MaxUint16, 0}, "purpose": {line, 1 << 10, 0},
	},
	"FileAccess": {"path": {ident, 4 << 10, 0}, "purpose": {line, 1 << 10, 0}},
	"SetupGuide": {
		"introduction": {page, 32 << 10, 0}, "prerequisites": {page, 4 << 10, 100}, "steps": {part, 0, 100},
		"notes": {page, 4 << 10, 100}, "minutes": {number, 7 * 24 * 60, 0},
	},
	"GuideStep": {
		"id": {ident, 200, 0}, "title": {line, 300, 0}, "body": {page, 64 << 10, 0}, "expected_outcome": {page, 8 << 10, 0},
	},
	"Limits": {
		"memory_mib": {number, 1 << 20, 0}, "requests_per_second": {rate, 0, 0}, "concurrent_requests": {number, maxRate, 0},
		"concurrent_runs": {number, maxRate, 0}, "tenant_settings": {ident, 200, 50},
	},
	"Error": {
		"code": {note, 100, 0}, "message": {prose, 4 << 10, 0}, "remedy": {prose, 1 << 10, 0}, "fault": {word, 0, 0}, "retry": {word, 0, 0},
		"retry_after": {asked, 0, 0}, "step": {note, 300, 0}, "stream": {note, 300, 0}, "scope": {note, 1 << 10, 0},
		"permissions": {note, 300, 100}, "upstream_status": {number, math.MaxUint32, 0}, "upstream_code": {note, 300, 0},
		"upstream_request_id": {note, 300, 0}, "config_path": {note, 300, 0}, "detail": {prose, 16 << 10, 0},
	},
	"CheckResponse": {"probe": {part, 0, 0}, "done": {part, 0, 0}, "log": {part, 0, 0}},
	"Probe": {
		"id": {note, 300, 0}, "title": {note, 300, 0}, "state": {word, 0, 0}, "message": {prose, 4 << 10, 0}, "error": {part, 0, 0},
		"took": {took, 0, 0}, "permission": {note, 300, 0}, "required": {word, 0, 0}, "choices": {part, 0, 20},
	},
	"Choices":   {"setting": {note, 300, 0}, "items": {part, 0, 300}, "targets": {part, 0, 100}},
	"Choice":    {"value": {note, 300, 0}, "samples": {note, 200, 10}, "suggested": {note, 300, 0}},
	"Target":    {"value": {note, 300, 0}, "title": {note, 300, 0}, "description": {note, 1 << 10, 0}},
	"CheckDone": {"identity": {note, 300, 0}},
	"SyncResponse": {
		"batch": {part, 0, 0}, "checkpoint": {part, 0, 0}, "progress": {part, 0, 0}, "throttle": {part, 0, 0},
		"gap": {part, 0, 0}, "log": {part, 0, 0}, "result": {part, 0, 0}, "done": {part, 0, 0},
	},
	"Batch": {"stream": {name, maxName, 0}, "number": {number, maxCount, 0}, "records": {part, 0, maxBatch}},
	"Record": {
		"key": {data, 0, 0}, "payload": {data, 0, 0}, "removed": {word, 0, 0}, "source_updated_at": {moment, 0, 0}, "source_ref": {note, 300, 0},
	},
	"Checkpoint": {
		"stream": {name, maxName, 0}, "sequence": {number, maxCount, 0}, "cursor": {blob, sdk.MaxCursorBytes, 0},
		"label": {note, 256, 0}, "records": {number, maxCount, 0},
	},
	"Progress": {
		"step": {name, maxName, 0}, "state": {word, 0, 0}, "seen": {number, maxCount, 0}, "expected": {number, maxCount, 0},
		"note": {note, 1 << 10, 0}, "attempt": {number, math.MaxUint32, 0}, "wait_until": {until, 0, 0}, "request": {part, 0, 0},
	},
	"Request": {
		"method": {note, 32, 0}, "url": {note, 2 << 10, 0}, "status": {number, math.MaxUint32, 0}, "bytes": {number, maxCount, 0},
		"took": {took, 0, 0}, "request_id": {note, 300, 0},
	},
	"Throttle": {"source": {note, 32, 0}, "wait": {wait, 0, 0}, "remaining": {least, maxCount, 0}, "step": {name, maxName, 0}},
	"Gap":      {"stream": {name, maxName, 0}, "scope": {note, 1 << 10, 0}, "error": {part, 0, 0}},
	"Log": {
		"level": {word, 0, 0}, "message": {prose, sdk.MaxLogBytes, 0}, "step": {note, 300, 0}, "fields": {note, sdk.MaxLogBytes, maxItems},
	},
	"StreamResult": {"stream": {name, maxName, 0}, "result": {word, 0, 0}, "error": {part, 0, 0}, "records": {number, maxCount, 0}},
	"Done":         {"error": {part, 0, 0}},
}

// known holds the bounds of each message type's fields, by the field's index.
var known sync.Map // protoreflect.FullName → []bound

// boundsOf returns the bounds of a message's fields, by the field's index.
func boundsOf(d protoreflect.MessageDescriptor) []bound {
	if list, ok := known.Load(d.FullName()); ok {
		return list.([]bound)
	}
	fields := d.Fields()
	list := make([]bound, fields.Len())
	for i := range list {
		list[i] = bounds[d.Name()][fields.Get(i).Name()]
	}
	known.Store(d.FullName(), list)
	return list
}
