package diagnose

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Facts are what Explain knows. All of it can be stored as JSON; nothing in it is a secret.
type Facts struct {
	Connection string             `json:"connection" doc:"Id of the connection"`
	Alias      string             `json:"alias"`
	Connector  ConnectorFacts     `json:"connector"`
	Run        *host.Run          `json:"run,omitempty" doc:"The run to explain; absent when none has finished"`
	Lines      []host.Log         `json:"lines,omitempty" doc:"Warnings and errors of its log, and the latest requests before them, in order"`
	Streams    []host.StreamStats `json:"streams,omitempty"`
	Secrets    []host.SecretInfo  `json:"secrets,omitempty" doc:"Names and ages"`
	Held       []host.HeldRemoval `json:"held,omitempty" doc:"Removals that a person has not agreed to"`
	Worked     *WorkedFacts       `json:"worked,omitempty" doc:"The last run before it in which every step completed; absent when there is none"`
	Changes    []Since            `json:"changes,omitempty" doc:"What was changed since it worked, or ever when it never worked; newest first"`
	Elsewhere  []OtherRun         `json:"elsewhere,omitempty" doc:"The latest finished runs of other connections, near the time of the run"`
}

// ConnectorFacts are what a connector says of itself.
type ConnectorFacts struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"`
	Vendor      string             `json:"vendor"`
	Version     string             `json:"version" doc:"Of the program that is installed now"`
	Homepage    string             `json:"homepage,omitempty"`
	Permissions []host.Permission  `json:"permissions,omitempty"`
	Network     []host.NetworkHost `json:"network,omitempty"`
	Guide       []GuideFact        `json:"guide,omitempty" doc:"Steps of the setup guide"`
	Authority   string             `json:"authority,omitempty" doc:"Title of the setting that takes the certificate of an authority"`
	Gone        bool               `json:"gone,omitempty" doc:"It is not installed any more"`
}

// GuideFact is a step of a setup guide, without its text.
type GuideFact struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// WorkedFacts are of a run in which every step completed.
type WorkedFacts struct {
	Run      string         `json:"run"`
	At       time.Time      `json:"at" doc:"When it finished"`
	Version  string         `json:"connector_version"`
	SHA256   string         `json:"connector_sha256,omitempty"`
	Identity string         `json:"identity,omitempty"`
	Network  []host.Contact `json:"network,omitempty"`
}

// What a change is of.
const (
	ChangedSetting    = "setting"
	ChangedCredential = "credential"
	ChangedProgram    = "program" // of the connector
)

// Since is something that is not as it was when the connection worked.
type Since struct {
	Kind  string      `json:"kind" enum:"setting,credential,program"`
	Names []string    `json:"names" doc:"Of the settings or secrets, or the two versions of the program"`
	At    time.Time   `json:"at"`
	Actor *host.Actor `json:"actor,omitempty" doc:"Absent when it is not known"`
	Entry uint64      `json:"entry,omitempty" doc:"Number in the audit log; 0 when there is no entry of it"`
}

// OtherRun is the latest finished run of another connection.
type OtherRun struct {
	Alias     string         `json:"alias"`
	Connector string         `json:"connector"`
	Run       string         `json:"run"`
	At        time.Time      `json:"at" doc:"When it finished"`
	Status    host.RunStatus `json:"status" enum:"queued,running,succeeded,partial,failed,cancelled,interrupted"`
	Code      string         `json:"code,omitempty" doc:"Of its first problem"`
	Fault     host.Fault     `json:"fault,omitempty" enum:"customer,upstream,connector,network,host"`
}
