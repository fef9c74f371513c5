SFTP_PASSWORD = "Zomer-2026-kraan"
