package host

// ProbeState is what one probe of a check found.
type ProbeState string

// The states of a probe.
const (
	ProbeRunning  ProbeState = "running"
	ProbeOK       ProbeState = "ok"
	ProbeMissing  ProbeState = "missing"   // a permission that was not granted
	ProbeTooBroad ProbeState = "too_broad" // granted more than is needed
	ProbeFailed   ProbeState = "failed"
	ProbeUnknown  ProbeState = "unknown" // could not be found out
	ProbeSkipped  ProbeState = "skipped" // not tried, because an earlier probe failed
)

// Probe is one thing a check tried against the live system.
type Probe struct {
	ID         string     `json:"id"`
	Title      string     `json:"title"`
	State      ProbeState `json:"state" enum:"running,ok,missing,too_broad,failed,unknown,skipped"`
	Message    string     `json:"message"`
	Required   bool       `json:"required" doc:"A connection cannot work when this fails"`
	Permission string     `json:"permission,omitempty"`
	Seconds    float64    `json:"seconds"`
	Error      *Problem   `json:"error,omitempty"`
	Choices    []Choices  `json:"choices,omitempty" doc:"What the probe found that settings can be filled with"`
}

// Choices are what one setting can be filled with, such as the columns of a file.
type Choices struct {
	Setting string         `json:"setting" doc:"Property name of the connector's config schema"`
	Items   []Choice       `json:"items"`
	Targets []ChoiceTarget `json:"targets" doc:"What an item can be assigned to, for a setting whose lines are \"item = target\"; else empty"`
}

// Choice is one thing that a setting can be filled with.
type Choice struct {
	Value     string   `json:"value"`
	Samples   []string `json:"samples" doc:"The first values there, with personal data masked; the same place is the same row in every item"`
	Suggested string   `json:"suggested,omitempty" doc:"Value of the target that fits"`
}

// ChoiceTarget is what an item can be assigned to, such as a field of a kind.
type ChoiceTarget struct {
	Value       string `json:"value"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

// Check is a test of settings and secrets that stores nothing.
type Check struct {
	ID       string   `json:"id"`
	Version  int      `json:"version" doc:"Counts up with every probe that is known"`
	Status   string   `json:"status" enum:"running,ok,failed"`
	Identity string   `json:"identity,omitempty" doc:"Who the credential belongs to, when the vendor says"`
	Probes   []Probe  `json:"probes"`
	Error    *Problem `json:"error,omitempty" doc:"Why the check could not be made at all"`
}
