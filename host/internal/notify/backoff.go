package notify

import (
	"hash/fnv"
	"time"
)

const (
	firstRest  = 5 * time.Second
	shortRest  = 15 * time.Minute // at most, in the first hours
	shortFor   = 6 * time.Hour
	longRest   = 2 * time.Hour
	longestTry = 4 * 24 * time.Hour // since the first attempt
)

// rest returns how long a delivery waits after so many failed attempts, the first of which was a time ago. It differs by up to a tenth
// from delivery to delivery, so that they do not all come at once after an outage.
func rest(id string, attempts int, since time.Duration) time.Duration {
	pause := longRest
	if since < shortFor {
		pause = min(firstRest<<min(attempts-1, 20), shortRest)
	}
	h := fnv.New32a()
	h.Write([]byte(id)) // does not fail
	return pause + pause*time.Duration(h.Sum32()%100)/1000
}
