package operation

import (
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// MatchParam says which revision a change is based on.
type MatchParam struct {
	IfMatch string `header:"If-Match" doc:"Revision the change is based on, 0 for none; refused with 412 when there is another by now. Left out: whatever there is"`
}

// Revision returns the revision, nil when none was given. It answers as the API refuses.
func (m MatchParam) Revision() (*uint64, error) {
	if m.IfMatch == "" {
		return nil, nil
	}
	revision, err := strconv.ParseUint(strings.Trim(m.IfMatch, `"`), 10, 64)
	if err != nil {
		return nil, Error(host.Invalid("If-Match", m.IfMatch, "must be a revision"))
	}
	return &revision, nil
}
