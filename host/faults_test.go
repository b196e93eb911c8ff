package host_test

import (
	"errors"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
)

func TestFaultsNameAllFieldsAtOnce(t *testing.T) {
	t.Parallel()
	var none host.Faults
	none.Add(nil)
	if err := none.Err(); err != nil {
		t.Errorf("no fault is %v", err)
	}
	var faults host.Faults
	faults.Add(host.Invalid("alias", "", "is missing"))
	var p *host.Problem
	if err := faults.Err(); !errors.As(err, &p) || len(p.Fields) != 1 || p.Fields[0].Field != "alias" {
		t.Errorf("one fault is %v", err)
	}
	faults.Add(host.Invalid("schedule", "x", "is no schedule"))
	if err := faults.Err(); !errors.As(err, &p) || len(p.Fields) != 2 || p.Fields[1].Field != "schedule" {
		t.Errorf("two faults are %v", err)
	}
	broken := errors.New("the disk is gone")
	faults.Add(broken)
	if err := faults.Err(); !errors.Is(err, broken) {
		t.Errorf("a fault that is no field's is %v", err)
	}
}
