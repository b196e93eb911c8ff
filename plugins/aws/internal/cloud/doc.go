// Package cloud gives the connector aws its accounts and regions, and sends its questions.
//
//	settings ─▶ Connect ─▶ Cloud ─▶ Account ─▶ Place (a region of an account)
//	                         EachAccount, EachRegion ─▶ Sink ─▶ records and gaps
//	           Ask, List ─▶ AWS's library ─▶ wire ─▶ the SDK's client
//
// An account or region that refuses is a gap, and the others are read. Every error of AWS becomes one of the SDK with AWS's
// words and code. Nothing that could change something in AWS is sent.
package cloud
