package kind

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

// Kinds returns every kind, in the order of the documentation.
func Kinds() []Kind {
	return []Kind{
		KindAccount, KindPerson, KindDevice, KindRepository, KindChange, KindResource,
		KindTicket, KindMonitor, KindFinding, KindBackgroundCheck, KindTraining,
		KindSignature, KindDocument, KindPolicy, KindAssessment, KindAutomation, KindCustom,
	}
}

// New returns a pointer to the zero document of a kind, or nil when there is no
// such kind.
func New(k Kind) any {
	switch k {
	case KindAccount:
		return &Account{}
	case KindPerson:
		return &Person{}
	case KindDevice:
		return &Device{}
	case KindRepository:
		return &Repository{}
	case KindChange:
		return &Change{}
	case KindResource:
		return &Resource{}
	case KindTicket:
		return &Ticket{}
	case KindMonitor:
		return &Monitor{}
	case KindFinding:
		return &Finding{}
	case KindBackgroundCheck:
		return &BackgroundCheck{}
	case KindTraining:
		return &Training{}
	case KindSignature:
		return &Signature{}
	case KindDocument:
		return &Document{}
	case KindPolicy:
		return &Policy{}
	case KindAssessment:
		return &Assessment{}
	case KindAutomation:
		return &Automation{}
	case KindCustom:
		return &Custom{}
	}
	return nil
}
