package stream

import (
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/form"
)

// Translator translates the streams of one manifest.
type Translator struct {
	Form  *form.Form
	Left  *finding.List // what a stream does without
	Notes *finding.List
}

// Refusal is why a stream is left out.
type Refusal struct {
	Line   int
	Reason string
}
