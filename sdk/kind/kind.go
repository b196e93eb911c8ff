package kind

import "reflect"

// Kind names the shape of a stream's records.
type Kind string

// The kinds.
const (
	KindAccount         Kind = "account"
	KindPerson          Kind = "person"
	KindDevice          Kind = "device"
	KindRepository      Kind = "repository"
	KindChange          Kind = "change"
	KindResource        Kind = "resource"
	KindTicket          Kind = "ticket"
	KindMonitor         Kind = "monitor"
	KindFinding         Kind = "finding"
	KindBackgroundCheck Kind = "background_check"
	KindTraining        Kind = "training"
	KindSignature       Kind = "signature"
	KindDocument        Kind = "document"
	KindPolicy          Kind = "policy"
	KindAssessment      Kind = "assessment"
	KindAutomation      Kind = "automation"
	KindCustom          Kind = "custom"
)

// documents returns the zero document of every kind, in the order of the documentation.
func documents() []interface{ Kind() Kind } {
	return []interface{ Kind() Kind }{
		Account{}, Person{}, Device{}, Repository{}, Change{}, Resource{}, Ticket{}, Monitor{}, Finding{}, BackgroundCheck{},
		Training{}, Signature{}, Document{}, Policy{}, Assessment{}, Automation{}, Custom{},
	}
}

// Kinds returns every kind, in the order of the documentation.
func Kinds() []Kind {
	var all []Kind
	for _, d := range documents() {
		all = append(all, d.Kind())
	}
	return all
}

// New returns a pointer to the zero document of a kind, nil for an unknown kind.
func New(k Kind) any {
	for _, d := range documents() {
		if d.Kind() == k {
			return reflect.New(reflect.TypeOf(d)).Interface()
		}
	}
	return nil
}
