package lowcode

import (
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
)

// Result is what an import gives.
type Result struct {
	ID      string            `json:"id"`
	File    string            `json:"file"` // the text of the connector file; "" when no stream could be translated
	Streams []string          `json:"streams"`
	LeftOut []finding.Finding `json:"left_out"` // what the file does not have
	Notes   []finding.Finding `json:"notes"`    // what is translated, and should be known
}
