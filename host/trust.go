package host

import "slices"

// Trust says why a connector's program is taken for what it claims to be.
type Trust string

// The kinds of trust. A program that is unverified or in development works and is
// marked everywhere.
const (
	TrustBundled     Trust = "bundled"     // it came with this host
	TrustSigned      Trust = "signed"      // installed, signed by the key that was agreed to
	TrustTrusted     Trust = "trusted"     // a person trusted exactly this program
	TrustUnverified  Trust = "unverified"  // neither bundled, signed nor trusted
	TrustDevelopment Trust = "development" // its author is working on it
)

// TrustedPrograms are the programs that a person trusts as one connector, oldest first.
// It is a document: the audit log says who trusted which, who withdrew it, and when.
type TrustedPrograms struct {
	Connector string           `json:"connector" doc:"Id"`
	Programs  []TrustedProgram `json:"programs"`
}

// TrustedProgram is a program that a person trusts, whatever its file is called.
type TrustedProgram struct {
	SHA256      string `json:"sha256" doc:"Of the program file, lower-case hex"`
	Interpreter string `json:"interpreter_sha256,omitempty" doc:"Of the program that runs a description, unless it came with the host"`
}

// Includes reports whether a program is trusted. One whose interpreter is empty is run
// by the host's own, which is trusted with every description.
func (t TrustedPrograms) Includes(program TrustedProgram) bool {
	return slices.ContainsFunc(t.Programs, func(trusted TrustedProgram) bool {
		return trusted.SHA256 == program.SHA256 && (program.Interpreter == "" || trusted.Interpreter == program.Interpreter)
	})
}

// Consent is the release that a person agreed to last for a connector. It is a document:
// the audit log says who agreed to which release, and when.
type Consent struct {
	Connector   string   `json:"connector" doc:"Id"`
	Version     string   `json:"version"`
	Manifest    string   `json:"manifest_sha256" doc:"Names exactly this release"`
	Signer      string   `json:"signer,omitempty" doc:"Public key that signed it"`
	SHA256      string   `json:"sha256" doc:"Of its program for this machine"`
	Interpreter string   `json:"interpreter_sha256,omitempty" doc:"Of the program that runs a description, if foreign"`
	Asks        []string `json:"asks" doc:"The permissions, hosts and files that it asks for"`
}
