package host

// Finding is one line of the doctor's report.
type Finding struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Status  string `json:"status" enum:"ok,warn,fail"`
	Message string `json:"message"`
	Fix     string `json:"fix" doc:"What to do; empty when there is nothing to do"`
}
