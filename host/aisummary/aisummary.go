// Package aisummary has the nouns of the AI Summary: what a language model is asked about a
// run that failed, what it answered, and what people think of the answer.
package aisummary

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
)

// Provider names the shape in which a model is spoken with.
type Provider string

// The providers.
const (
	ProviderOpenAI    Provider = "openai"    // any endpoint that answers /v1/chat/completions
	ProviderAnthropic Provider = "anthropic" // an endpoint that answers /v1/messages
)

// Settings say which model is asked. The key is stored sealed, beside them.
type Settings struct {
	Provider Provider    `json:"provider" enum:"openai,anthropic"`
	Address  string      `json:"address" doc:"Of the provider, such as https://api.openai.com"`
	Model    string      `json:"model" doc:"As the provider names it"`
	Seconds  int         `json:"time_limit_seconds" doc:"How long one summary may take"`
	Tokens   int         `json:"token_limit" doc:"How long the answer may be"`
	KeySetAt *time.Time  `json:"key_set_at,omitempty" doc:"Absent when no key is stored"`
	KeySetBy *host.Actor `json:"key_set_by,omitempty"`
}

// Configuration is what the AI Summary is set to, as people see it.
type Configuration struct {
	Configured bool          `json:"configured" doc:"False: no model is asked, ever"`
	Settings   *Settings     `json:"settings,omitempty"`
	Problem    *host.Problem `json:"problem,omitempty" doc:"Why it cannot be used as it is, such as a key that is gone after a restore"`
	Revision   uint64        `json:"revision" doc:"Counts up with each change; 0 before the first"`
}

// Edit is a change of the settings. Everything but the key is given each time.
type Edit struct {
	Provider Provider `json:"provider" enum:"openai,anthropic"`
	Address  string   `json:"address"`
	Model    string   `json:"model"`
	Key      *string  `json:"key,omitempty" doc:"Absent: keep the stored one, which is possible for the same address only; empty: none"`
	Seconds  int      `json:"time_limit_seconds,omitempty" doc:"5 to 300; absent = 60"`
	Tokens   int      `json:"token_limit,omitempty" doc:"256 to 8192; absent = 1500"`
}

// Tested is the outcome of a test of settings.
type Tested struct {
	OK      bool          `json:"ok"`
	URL     string        `json:"url" doc:"What was asked"`
	Model   string        `json:"model,omitempty" doc:"The model that the provider says has answered"`
	Seconds float64       `json:"seconds"`
	Problem *host.Problem `json:"problem,omitempty"`
}

// State says where the summary of a connection stands.
type State string

// The states.
const (
	StateNone       State = "none"       // no summary of the latest run, and none is made
	StateGenerating State = "generating" // the model is being asked
	StateReady      State = "ready"      // an answer that passed every check
	StateFailed     State = "failed"     // no answer, or one that was refused; the problem says which
	StateCancelled  State = "cancelled"  // a person stopped it
	StateStale      State = "stale"      // new sync data was recorded since: it may be generated again
)

// Card is what is known of the summary of one connection.
type Card struct {
	Connection string        `json:"connection" doc:"Id of the connection"`
	Alias      string        `json:"alias"`
	Shown      bool          `json:"shown" doc:"Whether there is anything to summarise: only for an unhealthy connection"`
	Configured bool          `json:"configured"`
	Provider   Provider      `json:"provider,omitempty" doc:"That would be asked"`
	Model      string        `json:"model,omitempty" doc:"That would be asked"`
	State      State         `json:"state" enum:"none,generating,ready,failed,cancelled,stale"`
	Run        string        `json:"run,omitempty" doc:"The run that would be summarised"`
	Summary    *Summary      `json:"summary,omitempty" doc:"The latest answer that passed; with the state stale it is of earlier data"`
	Latest     *Attempt      `json:"latest,omitempty" doc:"The latest attempt, also one that failed"`
	Progress   *Progress     `json:"progress,omitempty" doc:"While the state is generating"`
	Problem    *host.Problem `json:"problem,omitempty" doc:"With the state failed: why, and what to do"`
	Version    uint64        `json:"version" doc:"Send as after to wait for news"`
}

// Attempt is one time that a model was asked.
type Attempt struct {
	ID            string        `json:"id"`
	Run           string        `json:"run" doc:"The run that it is about"`
	Provider      Provider      `json:"provider" enum:"openai,anthropic"`
	Address       string        `json:"address" doc:"Where the prompt was sent"`
	Model         string        `json:"model"`
	PromptVersion string        `json:"prompt_version"`
	SentBytes     int           `json:"sent_bytes"`
	SentSHA256    string        `json:"sent_sha256" doc:"Of what was sent, as the preview shows it"`
	At            time.Time     `json:"at"`
	By            host.Actor    `json:"by"`
	EndedAt       *time.Time    `json:"ended_at,omitempty" doc:"Absent while it goes on"`
	Outcome       Outcome       `json:"outcome" enum:"asked,ready,failed,cancelled"`
	Problem       *host.Problem `json:"problem,omitempty"`
	InputTokens   int           `json:"input_tokens,omitempty" doc:"As the provider counts them; absent when it does not say"`
	OutputTokens  int           `json:"output_tokens,omitempty"`
}

// Outcome says what became of an attempt.
type Outcome string

// The outcomes.
const (
	OutcomeAsked     Outcome = "asked" // it goes on, or Plumbline ended meanwhile
	OutcomeReady     Outcome = "ready"
	OutcomeFailed    Outcome = "failed"
	OutcomeCancelled Outcome = "cancelled"
)

// Progress says how far an attempt is.
type Progress struct {
	Phase      string    `json:"phase" enum:"asking,answering" doc:"asking: no answer yet; answering: it is arriving"`
	Characters int       `json:"characters" doc:"Of the answer, so far"`
	Since      time.Time `json:"since"`
	Until      time.Time `json:"until" doc:"When its time limit is over"`
}

// Summary is an answer that passed every check.
type Summary struct {
	Attempt  Attempt   `json:"attempt"`
	Answer   Answer    `json:"answer"`
	Feedback *Feedback `json:"feedback,omitempty"`
}

// Answer is what a model answered. All of it is the model's own words.
type Answer struct {
	Summary  string                `json:"summary"`
	Cause    string                `json:"cause"`
	Who      diagnosis.ActingParty `json:"who" enum:"you,vendor_admin,vendor,author,plumbline,none" doc:"Who can act"`
	Evidence []Citation            `json:"evidence"`
	Remedies []Remedy              `json:"remedies" doc:"In the order in which to try them"`
}

// Citation is a step or a line of the log that supports the answer. It exists.
type Citation struct {
	Step string `json:"step,omitempty" doc:"Name of the step"`
	Line int    `json:"line,omitempty" doc:"Number of the line in the run's log"`
	Text string `json:"text" doc:"What it shows"`
}

// Remedy is one thing to do.
type Remedy struct {
	Text string                `json:"text"`
	Who  diagnosis.ActingParty `json:"who" enum:"you,vendor_admin,vendor,author,plumbline,none"`
}

// Verdict is what a person thinks of a summary.
type Verdict string

// The verdicts.
const (
	VerdictUp   Verdict = "up"
	VerdictDown Verdict = "down"
)

// Feedback is a verdict on one summary, with what it was about. It stays on this machine.
type Feedback struct {
	Verdict       Verdict           `json:"verdict" enum:"up,down"`
	Reason        string            `json:"reason,omitempty"`
	At            time.Time         `json:"at"`
	By            host.Actor        `json:"by"`
	Connection    string            `json:"connection" doc:"Id of the connection"`
	Alias         string            `json:"alias"`
	Run           string            `json:"run"`
	Attempt       string            `json:"attempt" doc:"Id of the attempt that made the summary"`
	Provider      Provider          `json:"provider" enum:"openai,anthropic"`
	Model         string            `json:"model"`
	PromptVersion string            `json:"prompt_version"`
	BuiltIn       diagnosis.CauseID `json:"built_in_cause,omitempty" doc:"What the built-in explanation says"`
	Answer        Answer            `json:"answer"`
}

// Preview is exactly what would be sent.
type Preview struct {
	Provider      Provider        `json:"provider" enum:"openai,anthropic"`
	Model         string          `json:"model"`
	URL           string          `json:"url"`
	Headers       []PreviewHeader `json:"headers" doc:"The value of the key is left out"`
	Body          string          `json:"body" doc:"Byte for byte"`
	System        string          `json:"system" doc:"The instructions in the body, for reading"`
	Message       string          `json:"message" doc:"The facts in the body, for reading"`
	SHA256        string          `json:"sha256" doc:"Of the body"`
	PromptVersion string          `json:"prompt_version"`
	Redacted      []Redaction     `json:"redacted" doc:"What was replaced, by kind"`
	Omitted       int             `json:"omitted_lines" doc:"Lines of the log that did not fit"`
}

// PreviewHeader is a header of the request.
type PreviewHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Redaction says how many different values of one kind were replaced.
type Redaction struct {
	Kind  string `json:"kind" enum:"secret,setting,person,email,phone,host,address,path,id,connection"`
	Count int    `json:"count"`
}

// Codes of the problems of a summary.
const (
	CodeOff         = "summary.off"          // no model is configured
	CodeNothing     = "summary.nothing"      // the connection is not unhealthy
	CodeKeyGone     = "summary.key_gone"     // the stored key is missing or cannot be opened
	CodeCredential  = "summary.credential"   // the provider refuses the key
	CodeModel       = "summary.model"        // the provider does not know the address or the model
	CodeRejected    = "summary.rejected"     // the provider refuses the request
	CodeRateLimited = "summary.rate_limited" // with when to try again, if the provider says
	CodeProvider    = "summary.provider"     // the provider has a fault of its own
	CodeRedirected  = "summary.redirected"   // never followed: another host would get the key
	CodeTLS         = "summary.tls"
	CodeUnreachable = "summary.unreachable"
	CodeStalled     = "summary.stalled"    // nothing arrived for a while
	CodeTimeLimit   = "summary.time_limit" // of the settings
	CodeTokenLimit  = "summary.token_limit"
	CodeCutOff      = "summary.cut_off"    // the stream ended before its end
	CodeUnreadable  = "summary.unreadable" // not the shape of the provider
	CodeDeclined    = "summary.declined"   // the model does not want to answer
	CodeRefused     = "summary.refused"    // Plumbline refuses the answer
	CodeUnsafe      = "summary.unsafe"     // what would be sent holds a secret: nothing was sent
	CodeInterrupted = "summary.interrupted"
)
