# SPDX-License-Identifier: MIT
medal-transform 'SELECT b AS `new name`, device.city AS city, * EXCEPT (b, device)'
