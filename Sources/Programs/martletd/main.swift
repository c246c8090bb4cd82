print("opened soon")
