package host_test

import (
	"testing"

	"github.com/plumbline-dev/plumbline/host"
)

func TestTrustIsInOneProgramAndWhatRunsIt(t *testing.T) {
	t.Parallel()
	trusted := host.TrustedPrograms{Connector: "okta", Programs: []host.TrustedProgram{{SHA256: "a"}, {SHA256: "c", Interpreter: "runs it"}}}
	for _, test := range []struct {
		program host.TrustedProgram
		want    bool
	}{
		{host.TrustedProgram{SHA256: "a"}, true},
		{host.TrustedProgram{SHA256: "b"}, false},
		{host.TrustedProgram{SHA256: "a", Interpreter: "runs it"}, false},
		{host.TrustedProgram{SHA256: "c", Interpreter: "runs it"}, true},
		{host.TrustedProgram{SHA256: "c", Interpreter: "changed"}, false},
		{host.TrustedProgram{SHA256: "c"}, true}, // the host's own runs any description
	} {
		if got := trusted.Includes(test.program); got != test.want {
			t.Errorf("%+v is trusted: %v", test.program, got)
		}
	}
}
