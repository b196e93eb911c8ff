package host

import (
	"errors"
)

// Faults collects the problems of one request, so that all are named at once.
type Faults struct{ problems []error }

// Add adds the problem err, if it is one.
func (f *Faults) Add(err error) {
	if err != nil {
		f.problems = append(f.problems, err)
	}
}

// Err returns nil, the only problem, or one that holds the fields of all.
func (f *Faults) Err() error {
	if len(f.problems) < 2 {
		return errors.Join(f.problems...)
	}
	var fields []FieldError
	for _, err := range f.problems {
		var p *Problem
		if !errors.As(err, &p) || len(p.Fields) == 0 {
			return err
		}
		fields = append(fields, p.Fields...)
	}
	return InvalidFields("several fields are not right", fields)
}
