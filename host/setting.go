package host

// Setting is one key of the configuration with its value and where that came
// from.
type Setting struct {
	Key         string `json:"key"`
	Value       string `json:"value"`
	Origin      string `json:"origin" enum:"default,file,environment,flag"`
	Environment string `json:"environment" doc:"The variable that sets it"`
	Description string `json:"description"`
}
