package host

import "time"

// Impact says what depends on a connection: what is missing or old while it fails or is
// disconnected, and on whose credential it depends.
type Impact struct {
	Connection string       `json:"connection" doc:"Id"`
	Alias      string       `json:"alias"`
	Records    int          `json:"records" doc:"Current records of all its streams"`
	Runs       int          `json:"runs" doc:"Finished runs that are known, at most 30"`
	Lists      []ImpactList `json:"lists" doc:"Lists that its records are part of, by kind"`
	Shared     []ImpactLink `json:"shared" doc:"Other connections to the same system and tenant, which share its rate limit"`
	Holds      []Hold       `json:"holds" doc:"Spans of its history that are kept for a reason"`
	Credential Credential   `json:"credential"`
}

// ImpactList is a list of a kind that a connection is a source of.
type ImpactList struct {
	Kind    string        `json:"kind"`
	Streams []StreamStats `json:"streams"`
	Records int           `json:"records" doc:"Current records of these streams"`
	Others  []ImpactLink  `json:"others" doc:"Other connections whose records are in the same list; empty when this one is the only source"`
}

// ImpactLink names another connection.
type ImpactLink struct {
	Connection    string `json:"connection" doc:"Id"`
	Alias         string `json:"alias"`
	ConnectorName string `json:"connector_name"`
	Health        Health `json:"health" enum:"healthy,unhealthy,unknown"`
	Records       int    `json:"records" doc:"Its current records in the list; 0 where no list is meant"`
}

// Credential says whose credential a connection uses, as far as that is known.
type Credential struct {
	Identity    string            `json:"identity,omitempty" doc:"Who it belongs to, as the vendor said in the latest run that could sign in"`
	Owner       string            `json:"owner,omitempty" doc:"Who looks after the connection"`
	Secrets     []SecretOrigin    `json:"secrets" doc:"Each stored secret, and who set it"`
	People      []CredentialOwner `json:"people" doc:"Persons of HR sources whose address is the identity, the owner or who set a secret"`
	Permissions []PermissionSeen  `json:"permissions" doc:"What the latest run that signed in shows about each permission"`
}

// SecretOrigin is a stored secret with who set it. It never has the value.
type SecretOrigin struct {
	Name  string    `json:"name"`
	SetAt time.Time `json:"set_at"`
	Actor *Actor    `json:"actor,omitempty" doc:"Who set it, by the audit log; absent when that does not tell"`
}

// CredentialOwner is a person whom a connection depends on.
type CredentialOwner struct {
	Name       string `json:"name"`
	Email      string `json:"email"`
	Role       string `json:"role" enum:"identity,owner,setter" doc:"identity: the credential is theirs; owner: they look after the connection; setter: they entered a secret"`
	Status     string `json:"status" doc:"As the HR source says: future, active, on_leave, terminated or unknown"`
	EndedAt    string `json:"ended_at,omitempty" doc:"Last day of work, if the source knows one"`
	Connection string `json:"connection" doc:"Alias of the HR connection"`
	Stream     string `json:"stream" doc:"Of the HR connection"`
	Key        string `json:"key" doc:"Of the person's record"`
	State      string `json:"state" enum:"stays,leaving,left" doc:"leaving: a last day of work is set; left: it is over, or the source says so"`
}

// PermissionSeen is what a run shows about a permission.
type PermissionSeen struct {
	ID       string   `json:"id"`
	Reason   string   `json:"reason" doc:"Why it is needed"`
	Streams  []string `json:"streams"`
	Optional bool     `json:"optional"`
	State    string   `json:"state" enum:"granted,missing,unknown" doc:"granted: its streams were read to their end; missing: a step failed for want of it; unknown: neither is known"`
}
