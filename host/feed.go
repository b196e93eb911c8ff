package host

// FeedChange is one change as a consumer that follows all of them gets it.
type FeedChange struct {
	Position       string `json:"position" doc:"Send as after to go on behind this change"`
	IdempotencyKey string `json:"idempotency_key" doc:"The same for the same change, whenever and however often it is read"`
	Connection     string `json:"connection" doc:"The connection's id"`
	Alias          string `json:"alias" doc:"The connection's name now"`
	Change
}
