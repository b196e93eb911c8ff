package app

import (
	"errors"

	"github.com/plumbline-dev/plumbline/host"
)

// faults collects the problems of one request, so that all are named at once.
type faults struct{ problems []error }

func (f *faults) add(err error) {
	if err != nil {
		f.problems = append(f.problems, err)
	}
}

// err returns nil, the only problem, or one that holds the fields of all.
func (f *faults) err() error {
	if len(f.problems) < 2 {
		return errors.Join(f.problems...)
	}
	var fields []host.FieldError
	for _, err := range f.problems {
		var p *host.Problem
		if !errors.As(err, &p) || len(p.Fields) == 0 {
			return err
		}
		fields = append(fields, p.Fields...)
	}
	return host.InvalidFields("several fields are not right", fields)
}
