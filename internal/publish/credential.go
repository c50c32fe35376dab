package publish

// Credentials that say nothing about a person: factory defaults and the words
// every dictionary of a bot begins with. What is not here is kept as a keyed
// hash, because people type passwords of their own into honeypots.

// KnownUser reports whether a user name is a well-known account or word of a
// bot's dialogue, and may be kept as it is.
func KnownUser(s string) bool { _, ok := knownUsers[s]; return ok }

// KnownPassword reports whether a password is a well-known default.
func KnownPassword(s string) bool { _, ok := knownPasswords[s]; return ok }

func set(words ...string) map[string]struct{} {
	m := make(map[string]struct{}, len(words))
	for _, w := range words {
		m[w] = struct{}{}
	}
	return m
}

var knownUsers = set("", "root", "admin", "administrator", "Administrator", "Admin", "user", "guest", "support",
	"test", "ubuntu", "debian", "centos", "pi", "oracle", "postgres", "mysql", "sa", "ftp", "ftpuser", "anonymous",
	"www", "www-data", "nobody", "daemon", "git", "jenkins", "hadoop", "tomcat", "nagios", "zabbix", "ubnt",
	"default", "service", "supervisor", "tech", "telnet", "telnetadmin", "mother", "666666", "888888", "operator",
	"super", "superuser", "manager", "system", "shell", "enable", "sh", "linuxshell", "start", "bash", "ls",
	"ec2-user", "azureuser", "deploy", "dev", "developer", "docker", "elastic", "es", "minecraft", "server", "backup",
	"nproc", "vagrant", "ansible", "sysadmin", "webmaster", "info", "demo", "public", "monitor", "1234", "admin1",
	"hikvision", "dahua", "vizxv", "xc3511", "e8telnet", "e8ehome", "adm", "bin", "mail", "news", "uucp", "games")

var knownPasswords = set("", "root", "admin", "admin1", "admin123", "administrator", "user", "guest", "support", "test",
	"password", "Password", "passwd", "pass", "p@ssw0rd", "P@ssw0rd", "1", "12", "123", "1234", "12345", "123456",
	"1234567", "12345678", "123456789", "1234567890", "0", "000000", "00000000", "111111", "11111111", "54321", "654321",
	"666666", "888888", "1111", "1122", "4321", "abc123", "qwerty", "qwerty123", "1q2w3e4r", "letmein", "welcome",
	"changeme", "default", "system", "service", "supervisor", "master", "oracle", "postgres", "mysql", "ubuntu", "raspberry",
	"raspberryberry", "pi", "ubnt", "toor", "root123", "test123", "user123", "pass123", "alpine", "hadoop", "ftp", "ftpuser",
	"anonymous", "anonymous@", "sa", "xc3511", "vizxv", "jvbzd", "xmhdipc", "juantech", "7ujMko0vizxv", "7ujMko0admin",
	"anko", "zlxx.", "klv123", "klv1234", "Zte521", "hi3518", "dreambox", "realtek", "ikwb", "meinsm", "fucker", "tech",
	"smcadmin", "hikvision", "e8telnet", "e8ehome", "nproc", "vagrant", "docker", "shell", "sh", "enable", "linuxshell", "bash",
	"super", "operator", "manager", "public", "private", "cisco", "dahua", "GM8182", "S2fGqNFs", "OxhlwSG8")
