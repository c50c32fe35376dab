package darknet

// NewFingerprint makes the engine "fingerprint": growth as portsync tests it,
// of the sources at a port that bear the mark of one tool. Mirai's mark comes
// by chance once in 2^32 packets, so that even on a busy port nothing hides a
// handful of new bots.
func NewFingerprint(Settings) Engine {
	return &watchman{name: "fingerprint", byTool: true, caution: caution{burst: 0.3, least: 5}, k: newTracker()}
}
