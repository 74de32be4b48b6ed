-- Known pages that were captured earlier than was known are taken anew, since their date may follow from that time.
DELETE FROM conflict_quotes WHERE capture_id IN (SELECT capture_id FROM retaken);
DELETE FROM captures WHERE capture_id IN (SELECT capture_id FROM retaken);
