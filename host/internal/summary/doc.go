// Package summary asks a language model why a run was not complete, keeps what it answered,
// and keeps what people think of the answers. It is off until a person configures a provider.
//
//	              a person asks              the answer passed every check
//	none ──────────────────────▶ generating ──────────────────────────────▶ ready
//	 ▲                            │      │                                     │
//	 │       refused, limits,     │      │ a person cancels                    │ a later run
//	 │       no answer            ▼      ▼                                     ▼ recorded data
//	 │                         failed  cancelled                             stale
//	 └── a later run recorded data ┴──────┘        (from each of the three a person may ask again)
//
// none        there is no attempt about the latest data
// generating  a goroutine waits for the model; it ends with the answer, a limit, Cancel or Close
// ready       the answer passed the checks of package prompt
// failed      no answer, or one that was refused: the problem says which. The built-in explanation stands
// cancelled   a person stopped it
// stale       the summary is of earlier data than the latest run recorded. It is never brought up to date by itself
//
// Only an unhealthy connection has a summary to show; the caller says so (Subject). Stale is
// derived from the runs each time and stored nowhere.
//
// Who owns what: package prompt owns what is sent and what passes, package provider the wire.
// Keeper owns the settings, the sealed key, one attempt for each connection at a time, and
// two collections of the journal: the latest attempt and summary of each run, and feedback.
// Every attempt is an entry of the journal before anything is sent, and again when it has
// ended, each with the actor. An attempt that Plumbline itself interrupted is failed.
//
// A request is sent only if no form of any secret of the connection, nor the provider's key,
// is in its body. Nothing of an answer is shown before it has passed: progress is a number.
package summary
