package feed

// views are the databases that are known: data, as [Framing] is. What their
// columns mean is for the publishers.
var views = []view{
	{
		name: "chrome", table: "visits", key: []string{"visit_time", "url"},
		shape: shape{columns: []string{"visit_time", "external_referrer_url"}, refs: []ref{
			{column: "url", table: "urls", shape: visited},
			{column: "from_visit", table: "visits", shape: shape{refs: []ref{{column: "url", table: "urls", shape: visited}}}},
		}},
	},
	{
		name: "firefox", table: "moz_historyvisits", key: []string{"visit_date", "place_id"},
		shape: shape{columns: []string{"visit_date"}, refs: []ref{
			{column: "place_id", table: "moz_places", shape: visited},
			{column: "from_visit", table: "moz_historyvisits", shape: shape{refs: []ref{{column: "place_id", table: "moz_places", shape: visited}}}},
		}},
	},
	{
		name: "dionaea", table: "connections", key: []string{"connection_timestamp", "connection_type"},
		shape: shape{columns: []string{
			"connection_type", "connection_transport", "connection_protocol", "connection_timestamp",
			"local_host", "local_port", "remote_host", "remote_hostname", "remote_port",
		}, refs: []ref{{column: "connection_root", table: "connections", shape: shape{columns: []string{"connection_timestamp"}}}}},
		lists: []list{
			{table: "logins", by: "connection", columns: []string{"login_username", "login_password"}},
			{table: "offers", by: "connection", columns: []string{"offer_url"}},
			{table: "downloads", by: "connection", columns: []string{"download_url", "download_md5_hash"}},
			{table: "dcerpcrequests", by: "connection", columns: []string{"dcerpcrequest_uuid", "dcerpcrequest_opnum"}},
			{table: "p0fs", by: "connection", columns: []string{"p0f_genre", "p0f_detail", "p0f_link"}},
		},
	},
	pot("chargenpot_attack", "chargen"), pot("genericpot_attack", "generic"), pot("ntpot_attack", "ntp"), pot("ssdpot_attack", "ssdp"),
	pot("dnspot_attack", "dns", ref{column: "domain_id", table: "dnspot_domains", shape: shape{columns: []string{"domain_name", "dns_type"}}}),
}

var visited = shape{columns: []string{"url"}}

// pot is the database of one of the decoys of DDoSPot.
func pot(table, service string, refs ...ref) view {
	return view{
		name: "ddospot " + service, table: table, key: []string{"src_id", "start"},
		shape: shape{columns: []string{"src_id", "dst_port", "mode", "start", "latest", "count"}, refs: refs},
	}
}
