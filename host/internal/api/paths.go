package api

// The paths of the API below prefix. The server and the Go client share them.
const (
	pathStatus     = "/status"
	pathDoctor     = "/doctor"
	pathConfig     = "/config"
	pathCategories = "/categories"

	pathConnectors = "/connectors"
	pathConnector  = "/connectors/{id}"
	pathRollback   = "/connectors/{id}/rollback"
	pathTrust      = "/connectors/{id}/trust"
	pathReleases   = "/releases"
	pathOffers     = "/releases/offers"
	pathUpdates    = "/releases/updates"

	// developments begins the paths of the operations that have the host start a program
	// that the caller names. They answer over the socket only, so that no page in a
	// browser or a window can use them.
	developments           = "/developments"
	pathDevelopment        = developments + "/{id}"
	pathDevelopmentProgram = developments + "/{id}/program"
	pathDevelopmentRenew   = developments + "/{id}/renew"

	pathConnections    = "/connections"
	pathConnection     = "/connections/{ref}"
	pathSync           = "/connections/{ref}/sync"
	pathDryRuns        = "/connections/{ref}/dry-runs"
	pathPause          = "/connections/{ref}/pause"
	pathImpact         = "/connections/{ref}/impact"
	pathReconnect      = "/connections/{ref}/reconnect"
	pathResume         = "/connections/{ref}/resume"
	pathHeld           = "/connections/{ref}/held"
	pathHeldRecords    = "/connections/{ref}/held/{stream}"
	pathReject         = "/connections/{ref}/held/{stream}/reject"
	pathRecords        = "/connections/{ref}/records"
	pathChanges        = "/connections/{ref}/changes"
	pathRecord         = "/connections/{ref}/record"
	pathRecordVersions = "/connections/{ref}/record/versions"
	pathAllRecords     = "/records"
	pathHistory        = "/history"
	pathHistorySummary = "/history/summary"
	pathFields         = "/kinds/{kind}/fields"
	pathFeed           = "/changes"

	pathRuns   = "/runs"
	pathRun    = "/runs/{id}"
	pathLogs   = "/runs/{id}/logs"
	pathCancel = "/runs/{id}/cancel"

	pathChecks        = "/checks"
	pathCheck         = "/checks/{id}"
	pathPreview       = "/schedules/preview"
	pathVerifications = "/verifications"
	pathBackups       = "/backups"
	pathTask          = "/tasks/{id}"
	pathTaskCancel    = "/tasks/{id}/cancel"
	pathAudit         = "/audit"
	pathHolds         = "/holds"
	pathHold          = "/holds/{id}"
	pathViews         = "/views/{page}"
	pathView          = "/views/{page}/{name}"
	pathEvents        = "/events"
	pathLinks         = "/links"
	pathSession       = "/session"
)
