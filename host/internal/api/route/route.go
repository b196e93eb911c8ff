// Package route names the paths of the API. What answers at them, what guards them and the
// Go client share them.
package route

// Prefix begins every path of the API.
const Prefix = "/api/v1"

// Metrics is where figures are scraped. It is not below Prefix: scrapers ask for it there.
const Metrics = "/metrics"

// The paths of the API below Prefix.
const (
	Status     = "/status"
	Attention  = "/attention"
	Storage    = "/storage"
	Doctor     = "/doctor"
	Config     = "/config"
	Categories = "/categories"

	Connectors = "/connectors"
	Connector  = "/connectors/{id}"
	Rollback   = "/connectors/{id}/rollback"
	Trust      = "/connectors/{id}/trust"
	Releases   = "/releases"
	Offers     = "/releases/offers"
	Updates    = "/releases/updates"

	// Developments begins the paths of the operations that have the host start a program
	// that the caller names. They answer over the socket only, so that no page in a
	// browser or a window can use them.
	Developments       = "/developments"
	Development        = Developments + "/{id}"
	DevelopmentProgram = Developments + "/{id}/program"
	DevelopmentRenew   = Developments + "/{id}/renew"

	Connections           = "/connections"
	Connection            = "/connections/{ref}"
	Sync                  = "/connections/{ref}/sync"
	DryRuns               = "/connections/{ref}/dry-runs"
	Pause                 = "/connections/{ref}/pause"
	Impact                = "/connections/{ref}/impact"
	Reconnect             = "/connections/{ref}/reconnect"
	Resume                = "/connections/{ref}/resume"
	Held                  = "/connections/{ref}/held"
	HeldRecords           = "/connections/{ref}/held/{stream}"
	Reject                = "/connections/{ref}/held/{stream}/reject"
	ConnectionExplanation = "/connections/{ref}/explanation"
	ConnectionSummary     = "/connections/{ref}/summary"
	SummaryPreview        = "/connections/{ref}/summary/preview"
	SummaryCancel         = "/connections/{ref}/summary/cancel"
	SummaryVerdict        = "/connections/{ref}/summary/feedback"
	Records               = "/connections/{ref}/records"
	Changes               = "/connections/{ref}/changes"
	Record                = "/connections/{ref}/record"
	RecordVersions        = "/connections/{ref}/record/versions"
	AllRecords            = "/records"
	History               = "/history"
	HistorySummary        = "/history/summary"
	Fields                = "/kinds/{kind}/fields"
	Feed                  = "/changes"

	Runs           = "/runs"
	Run            = "/runs/{id}"
	Logs           = "/runs/{id}/logs"
	RunExplanation = "/runs/{id}/explanation"
	Cancel         = "/runs/{id}/cancel"
	Insights       = "/insights"

	Checks        = "/checks"
	Check         = "/checks/{id}"
	Preview       = "/schedules/preview"
	Verifications = "/verifications"
	Backups       = "/backups"
	Tasks         = "/tasks"
	Exports       = "/exports"
	ExportFile    = "/exports/{id}/file"
	Task          = "/tasks/{id}"
	TaskCancel    = "/tasks/{id}/cancel"
	Audit         = "/audit"
	Holds         = "/holds"
	Hold          = "/holds/{id}"
	Views         = "/views/{page}"
	View          = "/views/{page}/{name}"
	Events        = "/events"
	Links         = "/links"
	Session       = "/session"

	Accounts         = "/accounts"
	AccountDecisions = "/accounts/decisions"
	AccountCompare   = "/accounts/compare"
	Account          = "/accounts/{id}"
	AccountDecision  = "/accounts/{id}/decision"
	AccountUndo      = "/accounts/{id}/undo"
	AccountHistory   = "/accounts/{id}/history"
	Suggestions      = "/suggestions"
	SuggestionAccept = "/suggestions/accept"
	People           = "/people"
	PersonSources    = "/people/sources"
	Person           = "/people/{id}"

	// SummarySettings and the two after it are of the AI Summary of every connection.
	SummarySettings = "/summary/settings"
	SummaryTest     = "/summary/test"
	SummaryFeedback = "/summary/feedback"

	Assistants     = "/assistants"
	AssistantCalls = "/assistants/calls"
	Assistant      = "/assistants/{client}"

	Drafts = "/drafts"
	Draft  = "/drafts/{id}"

	Notifications        = "/notifications"
	NotificationRules    = "/notifications/rules"
	NotificationChannels = "/notifications/channels"
	NotificationChannel  = "/notifications/channels/{id}"
	NotificationTest     = "/notifications/channels/{id}/test"

	Tests = "/tests"
	Test  = "/tests/{id}"

	// TestSetting and the three after it are what people decide about tests.
	TestSetting        = "/tests/{id}/setting"
	TestExclusions     = "/tests/{id}/exclusions"
	Exclusions         = "/exclusions"
	ExclusionWithdrawn = "/exclusions/{id}/withdraw"

	// Samples are dry runs of settings that need not be stored.
	Samples = "/dry-runs"
	// Files are the directories that a person may choose a file from.
	Files = "/files"
)
